// The program under test with a private PostgreSQL in a folder of its own, which goes when the tests end.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, createWriteStream } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BIN, DEMO, ROOT } from "./settings.js";

const LOAD_SECONDS_MAX = 180;
const READY_SECONDS_MAX = 60;
const STOP_SECONDS_MAX = 60;
const LOG_LINES_SHOWN = 30;

/** A port that nobody listens on. */
function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export class Server {
  /** Loads the demo landlord into a new database and serves it. */
  static async start() {
    if (!existsSync(BIN)) {
      throw new Error(`There is no program at ${BIN}: build it (cargo build -p rooftree-cli) or set ROOFTREE_BIN.`);
    }
    const server = new Server(mkdtempSync(join(tmpdir(), "rooftree-e2e-")), await freePort());
    try {
      await server.run(DEMO, LOAD_SECONDS_MAX);
      await server.serve();
    } catch (error) {
      await server.stop().catch(() => {});
      throw error;
    }
    return server;
  }

  constructor(home, port) {
    this.home = home;
    this.url = `http://127.0.0.1:${port}`;
    // The private PostgreSQL runs as a user of its own when the tests run as root; it must be able to get into the folder.
    chmodSync(home, 0o755);
    const results = join(ROOT, "e2e", "test-results");
    mkdirSync(results, { recursive: true });
    this.logFile = join(home, "server.log");
    this.log = createWriteStream(this.logFile);
    this.env = {
      ...process.env,
      ROOFTREE_HOME: home,
      ROOFTREE_LISTEN: `127.0.0.1:${port}`,
      ROOFTREE_BASE_URL: this.url,
      // Each test comes from an address of its own, so that one test's sign-ins do not use up another's.
      ROOFTREE_PROXIES_TRUSTED: "1",
    };
    for (const name of ["DATABASE_URL", "ROOFTREE_SMTP_URL", "ROOFTREE_NOTIFY_KEY", "ROOFTREE_OIDC_ISSUER"]) delete this.env[name];
  }

  /** What the tests need to know of it, in the environment of the workers. */
  announce() {
    delete process.env.DATABASE_URL;
    process.env.ROOFTREE_URL = this.url;
    process.env.ROOFTREE_HOME = this.home;
    process.env.ROOFTREE_E2E_DATABASE = this.databaseUrl();
  }

  /** Where the private PostgreSQL listens, for `psql`. */
  databaseUrl() {
    const socket = readFileSync(join(this.home, "var/postgres/data/postmaster.pid"), "utf8").split("\n")[4];
    return `postgres://rooftree@localhost/rooftree?host=${encodeURIComponent(socket)}`;
  }

  spawn(args) {
    const child = spawn(BIN, args, { env: this.env, cwd: this.home, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.pipe(this.log, { end: false });
    child.stderr.pipe(this.log, { end: false });
    child.ended = new Promise((done) => {
      child.once("error", (error) => done({ error }));
      child.once("exit", (code, signal) => done({ code, signal }));
    });
    return child;
  }

  /** Runs a command to its end. */
  async run(args, secondsMax) {
    const child = this.spawn(args);
    const end = await within(child.ended, secondsMax);
    if (end === TOO_LATE) child.kill("SIGKILL");
    if (end?.code !== 0) throw this.failure(`rooftree ${args.join(" ")} ${words(end, secondsMax)}`);
  }

  async serve() {
    this.child = this.spawn(["serve"]);
    let end;
    this.child.ended.then((value) => { end = value; });
    const until = Date.now() + READY_SECONDS_MAX * 1000;
    while (Date.now() < until) {
      if (end) throw this.failure(`rooftree serve ${words(end)}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
      if (answer?.ok) return;
      await pause(100);
    }
    throw this.failure(`rooftree serve was not ready after ${READY_SECONDS_MAX} s`);
  }

  /** Stops it as an administrator would, and says so if it does not stop. */
  async stop() {
    let failure;
    if (this.child) {
      this.child.kill("SIGTERM");
      const end = await within(this.child.ended, STOP_SECONDS_MAX);
      if (end === TOO_LATE) this.child.kill("SIGKILL");
      if (end?.code !== 0) failure = this.failure(`rooftree serve did not stop cleanly on SIGTERM: it ${words(end, STOP_SECONDS_MAX)}`);
    }
    await new Promise((done) => this.log.end(done));
    const kept = join(ROOT, "e2e", "test-results", "server.log");
    mkdirSync(join(ROOT, "e2e", "test-results"), { recursive: true });
    createWriteStream(kept).end(readFileSync(this.logFile));
    rmSync(this.home, { recursive: true, force: true });
    if (failure) throw failure;
  }

  failure(what) {
    const lines = existsSync(this.logFile) ? readFileSync(this.logFile, "utf8").trimEnd().split("\n") : [];
    return new Error(`${what}\n${lines.slice(-LOG_LINES_SHOWN).join("\n")}`);
  }
}

const TOO_LATE = Symbol("too late");

function within(promise, seconds) {
  return Promise.race([promise, pause(seconds * 1000, TOO_LATE, { ref: false })]);
}

function words(end, secondsMax) {
  if (end === TOO_LATE) return `took longer than ${secondsMax} s`;
  if (end.error) return `could not be started: ${end.error.message}`;
  return end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
}
