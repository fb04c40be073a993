import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

// `npm run shots`: pictures of the main pages for the README, written to docs/images.
export default defineConfig({ ...tests, projects: [{ name: "shots", testMatch: "shots.spec.js" }], workers: 1, timeout: 180_000 });
