// An Express app: one line records every request.
//   INFLUX_URL=http://localhost:8086 INFLUX_DATABASE=requests node examples/express.js
import express from 'express';
import { rawRequests } from 'raw-requests';

const app = express();
app.use(rawRequests());
app.get('/', (_req, res) => res.send('hello\n'));
app.get('/items/:id', (req, res) => res.json({ id: req.params.id }));

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/items/42`);
});

// The last requests are sent when the process exits by itself.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
