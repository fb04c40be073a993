// What the tests take from the environment; `./test` at the root of the repository sets it.
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The program under test. */
export const BIN = process.env.ROOFTREE_BIN ?? `${ROOT}target/debug/rooftree`;
/** The demo landlord: small, so that it loads in seconds, and always the same. */
export const DEMO = ["demo", "load", "--homes", "300", "--years", "1", "--seed", "42"];
/** The password of every demo user. */
export const PASSWORD = "rooftree demo landlord";

/** How the tests start Chromium: the one of the distribution, without talking to anybody. */
export const chromium = {
  browserName: "chromium",
  launchOptions: {
    executablePath: process.env.ROOFTREE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  },
};
