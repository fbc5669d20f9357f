#!/usr/bin/env node
import { Command, Option } from 'commander';
import { ConfigError } from '../options/options.ts';
import { packageInfo } from '../package-root.ts';
import { append, commaList, generation, positiveInteger, positiveNumber, wholeNumber } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { Interrupted, untilInterrupted } from './interrupted.ts';
import { endWithReader, err, out } from './output.ts';

const { version, description } = packageInfo();

const program = new Command('npx raw-requests')
  .description(`${description}.`)
  .version(version)
  .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) })
  .showHelpAfterError('(see npx raw-requests --help)');

program
  .command('demo')
  .summary('send real traffic to a sample app and show each request')
  .description(
    'Sends real traffic to a small Express app that is recorded by raw-requests, into a live view, then compares what ' +
      'was sent with what the view holds. If the environment names an InfluxDB (INFLUX_URL and INFLUX_DATABASE, or ' +
      'INFLUX_BUCKET, INFLUX_ORG and INFLUX_TOKEN), that is written to and asked instead.',
  )
  .option('--requests <n>', 'how many requests to send', positiveInteger, 20_000)
  .option('--connections <n>', 'how many connections to send them over', positiveInteger, 32)
  .option('--influxdb', 'write to a private influxd that lives only as long as the demo')
  .option('--keep', 'keep the view or the private database running until Ctrl-C')
  .action(async (options) => {
    const { demo } = await import('./demo/demo.ts');
    process.exitCode = await demo(options, untilInterrupted());
  });

program
  .command('view [paths...]')
  .summary('show requests in your browser: live, of files, or of a database')
  .description(
    'Accepts line protocol like InfluxDB (/write and /api/v2/write), keeps the newest requests in memory and shows ' +
      'each one in a page. First it reads the given files and folders of line protocol (.lp, .lp.gz, .lp.zst), or with --from or ' +
      '--last a part of the InfluxDB of the environment (INFLUX_URL ...).',
  )
  .option('--port <n>', 'port to listen on; 0 takes a free one (default: 8187)', wholeNumber)
  .option(
    '--host <address>',
    'address to listen on; any but a loopback address asks for a token (default: 127.0.0.1)',
  )
  .option(
    '--token-file <path>',
    'file with the token that readers and writers have to send; or RAW_REQUESTS_VIEW_TOKEN',
  )
  .option('--token <secret>', 'the token itself: every user of this machine can see it')
  .option('--max <n>', 'the most requests in memory (default: 1000000, about 70 MB)', wholeNumber)
  .option('--forward <url>', 'also forward everything to the InfluxDB at this address')
  .option('--from <time>', 'read the requests of the database from this time on: 2026-11-30T12:00:00Z')
  .option('--to <time>', 'read them up to this time (default: now)')
  .option('--last <duration>', 'read those of the last 90s, 15m, 6h or 7d')
  .option('--service <name>', 'read only those of this service')
  .option('--trace-url <url>', 'address of a trace, with {trace_id}: http://localhost:16686/trace/{trace_id}')
  .option('--open', 'open the page in a browser')
  .action(async (paths, options) => {
    const { view } = await import('./view/view.ts');
    process.exitCode = await view({ ...options, paths }, untilInterrupted());
  });

program
  .command('top')
  .summary('show the requests of a running view in the terminal')
  .description(
    'Reads a view that runs (npx raw-requests view, or an application with RAW_REQUESTS=view), and shows its rate, response ' +
      'times, routes, processes and open requests, and what stands out. Over ssh, no port has to be forwarded.',
  )
  .argument('[address]', 'the address of the view (default: http://127.0.0.1:8187)')
  .option('--token-file <path>', 'file with the token of the view; or RAW_REQUESTS_VIEW_TOKEN')
  .option('--interval <seconds>', 'how often the screen is drawn', positiveNumber, 1)
  .option('--once', 'print the last 30 seconds, and exit')
  .action(async (address: string | undefined, options) => {
    const { top } = await import('./top/top.ts');
    process.exitCode = await top(address, options, untilInterrupted());
  });

const compare = program
  .command('compare')
  .summary('compare two servers, and say whether they differ')
  .description(
    "Runs two commands under the same load in turns, and judges by the rounds: npx raw-requests compare 'node a.js' 'node b.js'. Each " +
      'gets PORT, or prints its address. Says first what makes the comparison bogus. Exit code: 0 compared, 1 could not run, 2 not ' +
      'like for like, 3 not enough valid rounds, 4 the condition of --fail-if is met.',
  )
  .argument('[what...]', 'two commands, or a file of YAML or JSON that names them')
  .option('--rounds <n>', 'pairs of rounds (default: 10)', positiveInteger)
  .option('--duration <seconds>', 'length of a round (default: 5)', positiveNumber)
  .option('--warm-up <seconds>', 'load before each round that is not measured (default: 1)', Number)
  .option('--rate <n>', 'requests/s (default: half of what the slower side holds)', Number)
  .option('--connections <n>', 'connections of the load (default: 32)', positiveInteger)
  .option(
    '--metric <name>',
    'what is judged: p50, p90, p95, p99, p99.9, max, mean, throughput, cpu (default: p99)',
  )
  .option('--path <path>', 'what is asked for (default: /)')
  .option('--loop <kind>', 'open: at a fixed rate; closed: the next request after an answer (default: open)')
  .option('--no-keep-alive', 'open a connection for each request')
  .option('--no-record', 'do not load raw-requests/register into Node processes')
  .addOption(
    new Option('--differs <codes>', 'differences that are what is compared: processes,keep-alive')
      .argParser(commaList)
      .default([], 'none'),
  )
  .option('--seed <n>', 'of the order of the rounds', wholeNumber)
  .option('--json [file]', 'print the result as JSON, or write it to a file')
  .option('--html [file]', 'write a page with both sides beside each other (default: compare.html)')
  .option('--markdown <file>', 'write a summary for a pull request')
  .option('--keep <dir>', 'keep the points and figures of each round')
  .option('--influx', 'write the points, tagged with run, side and round, to the InfluxDB of the environment')
  .option('--from <dir>', 'judge what --keep has kept once more, without running anything')
  .option('--fail-if <condition>', "exit with 4 if a difference is shown and its ratio is so: 'p99 > 1.05'")
  .action(async (what: string[], options) => {
    const command = await import('./compare/compare.ts');
    process.exitCode = await command.compare(what, options, version, untilInterrupted());
  });

compare
  .command('init')
  .summary('write a file that says what is compared, with comments')
  .argument('[file]', 'where to write it (default: compare.yaml)')
  .action(async (file?: string) => {
    const command = await import('./compare/compare.ts');
    command.init(file);
  });

program
  .command('verify')
  .summary('prove that each recorded request is in the database')
  .description(
    'Reads the numbers of the requests in the database of the environment (INFLUX_URL and INFLUX_DATABASE, or ' +
      'INFLUX_BUCKET, INFLUX_ORG and INFLUX_TOKEN), and names those that are missing. Exits with 0 if none is, with 1 if ' +
      'some are, and with 2 if it cannot be verified.',
  )
  .option('--last <duration>', 'the last 90s, 15m, 6h or 7d (default: 1h)')
  .option('--from <time>', 'from this time on, such as 2026-11-30T12:00:00Z')
  .option('--to <time>', 'up to this time (default: 10 seconds ago)')
  .option('--service <name>', 'only requests with this tag')
  .option('--json', 'print JSON')
  .action(async (options) => {
    const { verify } = await import('./verify/verify.ts');
    process.exitCode = await verify(options);
  });

program
  .command('replay')
  .summary('send spooled requests, or other files of line protocol, to the database')
  .description(
    'Sends .lp.gz and .lp files, oldest first, to the InfluxDB of the environment (INFLUX_URL and INFLUX_DATABASE, or ' +
      'INFLUX_BUCKET, INFLUX_ORG and INFLUX_TOKEN), and removes those that are stored. In folders, the spools of running ' +
      'processes are left alone. Exits with 0 only if everything is stored.',
  )
  .argument('<path...>', 'files, and folders such as the spool')
  .option('--keep', 'keep the files that are stored')
  .option('--dry-run', 'only print what would be sent')
  .option('--to-current', 'also send what was spooled for another database, as after a wrong setting')
  .action(async (paths: string[], options) => {
    const { replay } = await import('./replay/replay.ts');
    process.exitCode = await replay(paths, options);
  });

program
  .command('doctor')
  .summary('find out why nothing appears in Grafana')
  .description(
    'Run it where the app runs, with the same environment: checks the settings, the network, the server, ' +
      'the credentials and the database; writes one point (measurement raw-requests-doctor), reads it back and removes ' +
      'it. Exit code: 0 when nothing is broken, 1 when something is, 2 when the settings are wrong.',
  )
  .option('--json', 'print the findings as JSON')
  .option('--no-write', 'do not write a point')
  .action(async (options) => {
    const { doctor } = await import('./doctor/doctor.ts');
    process.exitCode = await doctor(options, version, untilInterrupted());
  });

const grafana = program
  .command('grafana')
  .summary('install the dashboards in Grafana, or export them as files')
  .description(
    'Installs the data source and the dashboards in Grafana, or exports them as files that Grafana reads at its start.',
  );

const influxVersion = () =>
  new Option(
    '--influx-version <n>',
    'the generation of InfluxDB: 1, 2 or 3 (default: as the database reports)',
  ).argParser(generation);

grafana
  .command('install')
  .summary('create or update the data source, the folder and the dashboards')
  .description(
    'Creates or updates the data source, the folder and the dashboards in a running Grafana (7.5 to 13). Can be repeated: ' +
      'what is up to date is left unchanged. The database is that of the environment of the app (INFLUX_URL and ' +
      'INFLUX_DATABASE, or INFLUX_BUCKET, INFLUX_ORG and INFLUX_TOKEN). Exit code: 0 when everything is installed, 1 when it is ' +
      'not, 2 when settings are wrong, 3 when everything is installed but Grafana does not reach the database.',
  )
  .option('--grafana <url>', 'address of Grafana, or GRAFANA_URL (default: "http://localhost:3000")')
  .option('--token <token>', 'token of a service account, or API key, with the role Admin; or GRAFANA_TOKEN')
  .option('--user <name:password>', 'user with the role Admin, instead of a token; or GRAFANA_USER')
  .option('--folder <title>', 'folder of the dashboards (default: "Node.js (raw-requests)")')
  .option('--datasource <name>', 'name of the data source (default: "Raw Requests")')
  .option('--influx-url <url>', 'address at which Grafana reaches the database, if it is not INFLUX_URL')
  .addOption(influxVersion())
  .option('--dashboards <dir>', 'install the *.json of that folder instead')
  .option('--alerts', 'create alert rules as well (Grafana 9 and later); those that exist are kept')
  .option('--dry-run', 'only print what would be done')
  .action(async (options) => {
    const { install } = await import('./grafana/install.ts');
    process.exitCode = await install(options, process.env, untilInterrupted());
  });

grafana
  .command('export')
  .summary("write files for Grafana's provisioning")
  .description(
    "Writes a data source, a provider of dashboards and the dashboards as files for Grafana's provisioning. They hold no " +
      'secrets and no addresses: Grafana reads INFLUX_URL and the like from its own environment.',
  )
  .requiredOption('--dir <dir>', 'folder to write to')
  .option('--root <path>', 'path of that folder for Grafana', '/etc/grafana/provisioning')
  .option('--folder <title>', 'folder of the dashboards (default: "Node.js (raw-requests)")')
  .option('--datasource <name>', 'name of the data source (default: "Raw Requests")')
  .addOption(influxVersion())
  .option('--dashboards <dir>', 'export the *.json of that folder instead')
  .option('--alerts', 'write alert rules as well (Grafana 9 and later)')
  .action(async (options) => {
    const { exportFiles } = await import('./grafana/export.ts');
    process.exitCode = await exportFiles(options, process.env, untilInterrupted());
  });

program
  .command('processes')
  .summary('write CPU and memory of other programs of this host to the database')
  .description(
    'Writes CPU (percent of one core) and memory (bytes) of other programs of this host once a second as the measurement ' +
      'process-info, to the InfluxDB of the environment (INFLUX_URL and INFLUX_DATABASE, or INFLUX_BUCKET, INFLUX_ORG and ' +
      'INFLUX_TOKEN), until Ctrl-C. While the database is down, points wait in memory.',
  )
  .addOption(
    new Option('--match <names>', 'names of programs, which are also their process_type: nginx,postgres')
      .argParser(commaList)
      .default([], 'none'),
  )
  .addOption(
    new Option('--type <name=pattern>', 'a process_type, and a regular expression for its command lines')
      .argParser(append)
      .default([], 'none'),
  )
  .option('--interval <seconds>', 'how often', positiveNumber, 1)
  .option('--once', 'measure one interval, write and print it, and exit')
  .action(async (options) => {
    const { processes } = await import('./processes/processes.ts');
    process.exitCode = await processes(options, untilInterrupted());
  });

endWithReader();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Prints an error, and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof Interrupted) {
    err.say('Interrupted. Nothing is left running.');
    return error.code;
  }
  if (error instanceof CliError || error instanceof ConfigError) err.say(error.message);
  else err.unexpected(error);
  return error instanceof CliError ? error.exitCode : 1;
}
