// Starts a real tallyho on a free loopback port and a fresh directory, and asks it what it knows; `more` are arguments.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env.TALLYHO_BINARY;
if (!binary) throw new Error('TALLYHO_BINARY must name the binary under test');

export async function startServer(...more) {
  const data = mkdtempSync(join(tmpdir(), 'tallyho-clients-'));
  let process_;
  const start = () => {
    process_ = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data-dir', data, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((resolve, reject) => {
      process_.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      createInterface({ input: process_.stdout }).on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (found) resolve(found[0]);
      });
    });
  };
  const end = async () => {
    const ended = new Promise((resolve) => process_.once('exit', resolve));
    process_.kill('SIGTERM');
    await ended;
  };
  let base = await start();
  const cli = (...args) => JSON.parse(execFileSync(binary, [...args, '--data-dir', data], { encoding: 'utf8' }));
  const site = cli('site', 'add', '--domain', 'shop.example', '--currency', 'EUR', '--timezone', 'UTC');
  const { token } = cli('token', 'add', '--site', String(site.id), '--scope', 'read');

  const get = async (path) => {
    const answer = await fetch(base + path, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    get base() {
      return base;
    },
    cli,
    site: site.id,
    // Sends events as a browser does.
    async collect(events) {
      const answer = await fetch(`${base}/v1/collect`, { method: 'POST', body: JSON.stringify({ site: site.id, events }) });
      return answer.json();
    },
    // Waits until everything accepted so far is in the reports.
    async caughtUp() {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const status = await (await fetch(`${base}/api/v1/status?wait=1`)).json();
        if (status.accepted_position === status.applied_position) return;
        if (Date.now() > deadline) throw new Error('the reports do not catch up');
      }
    },
    // Waits until `records` more hits than before are in the reports; some clients have no callback of their own.
    async settle(records) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const health = await get(`/api/v1/sites/${site.id}/health`);
        if (health.received >= records && health.accepted_position === health.applied_position) return health;
        if (Date.now() > deadline) throw new Error(`only ${health.received} of ${records} hits arrived`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    // Returns the report as rows of objects by column name.
    async report(metrics, dimensions = '') {
      const today = new Date().toISOString().slice(0, 10);
      const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
      const query = new URLSearchParams({ metrics, dimensions, from: yesterday, to: today });
      const table = await get(`/api/v1/sites/${site.id}/report?${query}`);
      const names = table.columns.map((column) => column.name);
      return table.rows.map((row) => Object.fromEntries(row.map((cell, i) => [names[i], cell])));
    },
    get,
    end,
    // Starts the server again on the same data, on another port.
    async restart() {
      base = await start();
      return base;
    },
    async stop() {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
