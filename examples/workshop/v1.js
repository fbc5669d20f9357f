// v1: no instrumentation.
import http from 'node:http';
import { app } from './app.js';

http.createServer(app).listen(process.env.PORT ?? 3000);
