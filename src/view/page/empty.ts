import { byId, copyButton, element } from './dom.ts';

/** Shows the commands for a first request, with copy buttons. */
export function fillEmptyState(): void {
  const { origin } = location;
  const hints: [string, string][] = [
    [
      'Start your application with a live view of its own',
      'RAW_REQUESTS=view node --import raw-requests/register app.js',
    ],
    [
      'Or let any other process write here',
      `INFLUX_URL=${origin} INFLUX_DATABASE=requests node --import raw-requests/register app.js`,
    ],
    [
      'Or send one request by hand',
      `curl -X POST '${origin}/write?db=requests' --data-binary 'raw-requests,process=shell:1,method=GET,route=/hello,status=200,outcome=finished application_time=0.012,slot=1i'`,
    ],
  ];
  byId('hints').replaceChildren(
    ...hints.map(([text, command]) => {
      const line = element('div', { class: 'command' }, element('code', {}, command));
      line.append(copyButton(() => command, 'the command'));
      return element('li', {}, element('p', {}, text), line);
    }),
  );
}
