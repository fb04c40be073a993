use crate::home::Home;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

struct Server {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
    address: String,
}

impl Server {
    fn start(home: &Home, words: &[&str]) -> Self {
        let words: Vec<&str> = [&["serve", "--listen", "127.0.0.1:0"], words].concat();
        let mut child = home.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address =
            lines.find_map(|line| line.split("http://").nth(1).map(|rest| rest.trim().to_owned())).expect("an address");
        Self { child, lines: Box::new(lines), address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop as a service manager does; returns what it said last.
    fn stop(mut self) -> String {
        let began = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        let said: Vec<String> = self.lines.by_ref().collect();
        assert!(self.child.wait().unwrap().success());
        assert!(began.elapsed() < Duration::from_secs(30), "stopping took {:?}", began.elapsed());
        said.join("\n")
    }
}

#[test]
fn serves_and_stops_in_order_with_the_journal_sealed() {
    let home = Home::new();
    home.add_user("ann@example.org", "administrator");
    let server = Server::start(&home, &["--no-work"]);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/readyz").ends_with("ready"));
    assert!(server.get("/").contains("/sign-in"));
    assert!(server.get("/metrics").contains("rooftree_requests_total"));
    assert_eq!(home.number("select count(*) from seal"), 0, "nothing sealed yet: background work was left out");
    // An idle connection does not hold it up.
    let idle = TcpStream::connect(&server.address).unwrap();
    assert!(server.stop().contains("Rooftree has stopped"));
    drop(idle);
    assert_eq!(home.number("select count(*) from fact_waiting"), 0);
    assert_eq!(home.number("select count(*) from seal"), 1);
    home.run(&["verify"]).well();
}

#[test]
fn an_address_in_use_is_told_before_anything_is_done() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = home.run(&["serve", "--listen", &address]).fails(1);
    assert!(said.contains("--listen") && said.contains(&address), "{said}");
}
