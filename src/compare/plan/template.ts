/** Where editors find what a plan may contain: `docs/compare.schema.json` of this package. */
export const SCHEMA_URL = 'https://unpkg.com/raw-requests/docs/compare.schema.json';

/** The file that `compare init` writes. A test reads it as a plan. */
export const TEMPLATE: string = `# yaml-language-server: $schema=${SCHEMA_URL}
# What npx raw-requests compare FILE compares. All keys but a and b have these defaults.

a:
  name: one process             # in the report
  command: node a.js            # gets PORT in its environment, or prints its address as http://...
  cwd: .                        # from the folder of this file
  env: { NODE_ENV: production }
  ready: /                      # is asked until it is answered, but not with 502 to 504
  startTimeout: 30              # s
  record: true                  # loads raw-requests/register into its Node processes
  # url: http://127.0.0.1:3000  # where it listens, if it does neither; without a command, a server that runs already
b:
  name: a cluster
  command: node b.js
  env: { NODE_ENV: production }

load:
  loop: open                    # requests are due at a fixed rate, whatever the server does; closed: the next after an answer
  # rate: 500                   # requests/s; without it, half of what the slower side can hold
  connections: 32
  duration: 5                   # s of a round
  # requests: 5000              # of a round, in place of duration
  keepAlive: true               # false: a connection for each request
  timeout: 10                   # s after which a request has failed
  mix:
    - { weight: 8, path: / }
    - { weight: 2, method: POST, path: /orders, headers: { content-type: application/json }, body: '{"item":42}' }

rounds: 10                      # pairs of rounds
warmUp: 1                       # s of load before each round
metric: p99                     # p50, p90, p95, p99, p99.9, max, mean (response time), throughput, cpu: chosen before the run
# seed: 1                       # of the order of the rounds
differs: []                     # differences that are what is compared: [processes]

limits:                         # beyond which a round is void; shares from 0 to 1
  errors: 0.01                  # failed requests and answers of 400 and above
  errorDifference: 0.005        # by how much that share may differ between the sides
  generator: 0.7                # CPU of the load generator, of one core
  late: 0.01                    # requests that it sent late by its own fault
  others: 0.15                  # CPU of other programs, of all cores
  repeats: 1                    # void rounds that are repeated, as a share of the rounds
`;
