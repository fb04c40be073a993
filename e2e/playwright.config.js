import { defineConfig } from "@playwright/test";
import { chromium } from "./support/settings.js";

export default defineConfig({
  testDir: ".",
  // The crawl is the longest: it comes first, and the journeys run beside it.
  projects: [
    { name: "pages", testMatch: "pages.spec.js" },
    { name: "journeys", testMatch: "journeys/*.spec.js" },
  ],
  outputDir: "test-results",
  globalSetup: "./support/global-setup.js",
  // The server, its database and the browsers share two cores; a test that fails once has failed.
  workers: 2,
  retries: 0,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    ...chromium,
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    trace: "off",
    screenshot: "only-on-failure",
  },
});
