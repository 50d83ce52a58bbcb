// See look, which runs this.
import { readdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [site, pictures, ...wanted] = process.argv.slice(2);
const screens = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const pages = wanted.length ? wanted : readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html"));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const complaints = new Set();
const complain = (text) => { if (!complaints.has(text)) console.log(text); complaints.add(text); };
for (const [screen, viewport] of Object.entries(screens)) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport, colorScheme, isMobile: screen === "phone", deviceScaleFactor: screen === "phone" ? 2 : 1 });
    await context.setOffline(true);
    for (const name of pages) {
      const page = await context.newPage();
      page.on("console", (message) => { if (message.type() === "error") complain(`${name}: ${message.text()}`); });
      page.on("pageerror", (error) => complain(`${name}: ${error}`));
      await page.goto(`file://${site}/${name}`);
      const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
      if (width > viewport.width) complain(`${name}: ${width} wide on a ${screen} of ${viewport.width}`);
      const picture = `${pictures}/${name.replaceAll("/", "-").replace(".html", "")}-${screen}-${colorScheme}.png`;
      if (colorScheme === "light" || wanted.length) await page.screenshot({ path: picture, fullPage: false });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
console.log(`${pages.length} pages seen, ${complaints.size} complaints`);
process.exit(complaints.size ? 1 : 0);
