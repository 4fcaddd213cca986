// The console on the demo's samples in headless Chromium: what an officer sees, in both languages, and that it is
// reachable for everybody (axe, WCAG 2.2 AA).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname, "../../../..");
const binary = process.env.CONSOLE_TEST_BINARY ?? join(root, "target/debug/pellucid");
let server, browser, context, page, url, folder;

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => probe.once("listening", ready));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "pellucid-console-"));
  for (const name of ["models", "sample_scans"]) symlinkSync(join(root, name), join(folder, name));
  const bind = `127.0.0.1:${await freePort()}`;
  server = spawn(binary, ["demo"], {
    cwd: folder,
    env: { ...process.env, PELLUCID_BIND: bind, PELLUCID_GPU: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  url = await new Promise((found, failed) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const match = text.match(/the console is on (http:\/\/\S+)/);
      if (match) found(match[1]);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.once("exit", (code) => failed(new Error(`the demo ended with ${code}:\n${text}`)));
  });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--no-first-run",
    ],
  });
  context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  server?.removeAllListeners("exit");
  server?.kill("SIGTERM");
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function checkAccess() {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`), []);
}

test("the queue shows every sample, worst first, lanes as shape, word and number", async () => {
  await page.goto(url);
  const rows = page.locator("tbody tr.ant-table-row");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 10);
  const scores = await page.locator(".lane-score").allTextContents();
  const numbers = scores.map(Number);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
  assert.equal(await page.locator("tbody .lane svg").count(), 10);
  assert.match(await rows.first().textContent(), /转查验/);
  await checkAccess();
});

test("an opened scan says in one line what is wrong, and where", async () => {
  await page.goto(url);
  const row = page.locator("tbody tr.ant-table-row", { hasText: "0901" }).filter({ hasText: "1202" });
  await row.click();
  const glance = page.getByTestId("glance");
  await glance.waitFor();
  assert.match(await glance.textContent(), /转查验.*0901.*t.*核对品名发现异常/s);
  const picture = page.locator(".scan-figure img").first();
  await page.locator(".scan-figure svg .mark").first().waitFor();
  const [width, height] = await picture.evaluate((img) => [img.naturalWidth, img.naturalHeight]);
  assert.ok(width > 300 && height > 300, `${width} x ${height}`);
  assert.equal(await page.locator(".mark text").first().textContent(), "1");
  await page.keyboard.press("2");
  await page.waitForFunction(() => document.querySelector(".scan-figure img").src.includes("preset=material"));
  const colourful = await picture.evaluate(async (img) => {
    await img.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: img.naturalWidth, height: img.naturalHeight });
    const pen = canvas.getContext("2d");
    pen.drawImage(img, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - data[i + 2]) > 40) coloured += 1;
    return coloured / (data.length / 4);
  });
  assert.ok(colourful > 0.02, `${colourful} of the picture is coloured`);
  const sum = await page.locator(".score tr:not(.sum) .figure").allTextContents();
  const total = await page.locator(".score tr.sum .figure").textContent();
  const number = (text) => Number(text.replace("−", "-"));
  const added = sum.map(number).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(added - number(total)) < 0.06, `${added} ${total}`);
  await checkAccess();
});

test("English and dark are complete", async () => {
  await page.goto(url);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Dark" }).click();
  const rows = page.locator("tbody tr.ant-table-row");
  await rows.first().waitFor();
  assert.match(await rows.first().textContent(), /Examine/);
  await rows.first().click();
  await page.getByTestId("glance").waitFor();
  const chinese = /[\u4e00-\u9fff]/;
  const labels = await page.locator("h2, dt, th, .tools label").allTextContents();
  assert.deepEqual(labels.filter((text) => chinese.test(text)), []);
  await checkAccess();
});

test("an unknown scan is told, not a blank page", async () => {
  await page.goto(`${url}/scans/00000000-0000-7000-8000-000000000000`);
  await page.getByRole("alert").waitFor();
});
