// The snippets of docs/signing.md, run as they stand there: each gives the signature that the page states, and a server
// believes an order that it signed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startServer } from './server.mjs';

const page = readFileSync(new URL('../docs/signing.md', import.meta.url), 'utf8');
const stated = /\n {4}(\d+\.[0-9a-f]{64})\n/.exec(page)[1];

// How each language is run, and the line that calls the snippet with the arguments of the command line.
const languages = {
  php: { file: 'sign.php', run: 'php', call: '$a = array_slice($argv, 1); $a[5] = (int) $a[5]; echo tallyho_signature(...$a);' },
  js: { file: 'sign.mjs', run: process.execPath, call: 'console.log(tallyhoSignature(...process.argv.slice(2)));' },
  python: { file: 'sign.py', run: 'python3', call: 'import sys\nprint(tallyho_signature(*sys.argv[1:]))' },
  ruby: { file: 'sign.rb', run: 'ruby', call: 'puts tallyho_signature(*ARGV)' },
};

let folder;
let server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallyho-signing-'));
  for (const [language, { file, call }] of Object.entries(languages)) {
    const snippet = new RegExp('```' + language + '\\n([^]*?)```').exec(page)[1];
    writeFileSync(join(folder, file), `${snippet}\n${call}\n`);
  }
  server = await startServer();
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function sign(language, ...parts) {
  const { file, run } = languages[language];
  return execFileSync(run, [join(folder, file), ...parts], { encoding: 'utf8' }).trim();
}

for (const language of Object.keys(languages)) {
  test(`${language} gives the stated signature`, () => {
    assert.equal(sign(language, 'signing-secret', '1', '1001-ä', 'EUR', '59.90', '1772449200'), stated);
  });

  test(`an order signed in ${language} is verified, and a changed one is not`, async () => {
    const { signing_secret: secret } = server.cli('site', 'keys', '--site', String(server.site));
    const expires = String(Math.floor(Date.now() / 1000) + 3600);
    const signature = sign(language, secret, String(server.site), `${language}-1`, 'EUR', '59.90', expires);
    const order = { name: 'purchase', currency: 'EUR', signature };
    const sent = await server.collect([
      { ...order, id: `${language}-a`, transaction_id: `${language}-1`, value: '59.90' },
      { ...order, id: `${language}-b`, transaction_id: `${language}-2`, value: '59.90' },
    ]);
    assert.deepEqual(sent, { accepted: 2, quarantined: [] });
    const trust = async (id) => (await server.get(`/api/v1/sites/${server.site}/orders/${id}`)).order.trust;
    await server.caughtUp();
    assert.equal(await trust(`${language}-1`), 'verified');
    assert.equal(await trust(`${language}-2`), 'unverified');
  });
}
