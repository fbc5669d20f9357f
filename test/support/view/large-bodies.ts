/** Bodies of line protocol that are expensive to parse, by description. */
export const LARGE_BODIES: Readonly<Record<string, () => string>> = {
  'an ordinary body of 20 000 lines': () => ordinaryLines(20_000),
  'an ordinary body of 32 MiB': () => {
    const bytes = 32 * 2 ** 20;
    const text = ordinaryLines(110_000);
    return text.slice(0, text.lastIndexOf('\n', bytes));
  },
  'a line with a million tags': () =>
    `raw-requests${count(1_000_000, (i) => `,t${i}=1`)} application_time=1 1\n`,
  'a line with four million tags': () =>
    `raw-requests${count(4_000_000, (i) => `,${i.toString(36)}=`)} a=1 1\n`,
  'a line with a million fields': () =>
    `raw-requests ${count(1_000_000, (i) => `f${i}=1,`)}application_time=1 1\n`,
  '1000 lines of 32 kB of tags each': () =>
    count(
      1000,
      (n) => `raw-requests${count(2000, (i) => `,t${i}=${n}${i % 1000}`)} application_time=1 ${n}\n`,
    ),
  '131 072 series of other measurements': () => count(131_072, (i) => `m,series=${i} value=${i} ${i}\n`),
  '131 072 ledgers': () => count(131_072, (i) => `delivery,process=h:${i} recorded=${i}i ${i}\n`),
  '200 000 tag sets': () =>
    count(200_000, (i) => `raw-requests,method=GET,user=${i},zone=${i % 7} application_time=1 ${i}\n`),
  '200 000 paths': () => count(200_000, (i) => `raw-requests application_time=1,path="/p/${i}" ${i}\n`),
  '2 000 000 short lines that cannot be read': () => 'a b\n'.repeat(2_000_000),
  '32 MiB of quotes that are not closed': () => 'a v="x\n'.repeat((32 * 2 ** 20) / 7),
  '32 MiB of empty lines': () => '\n'.repeat(32 * 2 ** 20),
  'a text of 32 MiB': () => `raw-requests path="${'x'.repeat(32 * 2 ** 20 - 40)}"\n`,
};

function count(n: number, each: (i: number) => string): string {
  const parts: string[] = [];
  for (let i = 0; i < n; i++) parts.push(each(i));
  return parts.join('');
}

function ordinaryLines(lines: number): string {
  return count(lines, (i) => {
    const time = 1_795_337_029_000_535_224n + BigInt(i) * 200_123n;
    return (
      `raw-requests,hostname=web-1,method=GET,outcome=finished,process=web-1:4711,route=/items${i % 20}/:item,` +
      `status=${i % 5 ? 200 : 404},thread=0,worker=0 application_time=0.00${1000 + (i % 9000)},bytes_in=0i,` +
      `bytes_out=${(i * 104_729) % 20_000}i,connection_requests=${1 + (i % 100)}i,first_byte_time=0.0009,in_flight=${1 + (i % 32)}i,sequence=${i + 1}i,` +
      `slot=${1 + (i % 32)}i,start_time=${time - 1_000_000n}i ${time}\n`
    );
  });
}
