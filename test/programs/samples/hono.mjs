import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const books = new Hono();
books.get('/', (c) => c.json([]));
books.get('/:id', (c) => c.json({ id: c.req.param('id') }));
const app = new Hono();
app.route('/books', books);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT) });
