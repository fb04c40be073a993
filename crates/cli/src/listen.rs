//! Taking connections, as `axum::serve` does, with one difference: whoever opens a connection has limited time to say what is wanted.
//! Half a request would otherwise hold its connection for ever, and a few thousand of them all that there are.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{io::ErrorKind, net::SocketAddr, pin::pin, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::ServiceExt;

/// The longest that the head of a request may take, counted from when the connection is free for it: an idle connection ends then too.
const HEAD_SECONDS_MAX: u64 = 60;

/// How long nothing is taken in when this process has no file descriptor left.
const OUT_OF_FILES_WAIT: Duration = Duration::from_secs(1);

/// Takes connections until somebody asks to stop, then lets the requests under way finish.
pub async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<u32>) {
    serve_within(listener, router, stop, Duration::from_secs(HEAD_SECONDS_MAX)).await;
}

async fn serve_within(listener: TcpListener, router: Router, stop: watch::Receiver<u32>, head: Duration) {
    // Each connection holds an end of this: when all have let go, none is open.
    let (open, held) = watch::channel(());
    let mut stopping = stop.clone();
    loop {
        let taken = tokio::select! {
            taken = listener.accept() => taken,
            () = asked(&mut stopping) => break,
        };
        match taken {
            Ok((stream, from)) => {
                let (router, stop, held) = (router.clone(), stop.clone(), held.clone());
                tokio::spawn(async move {
                    answer(stream, from, router, stop, head).await;
                    drop(held);
                });
            }
            Err(error) if is_theirs(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(OUT_OF_FILES_WAIT).await;
            }
        }
    }
    drop((listener, held));
    open.closed().await;
}

/// The other side gave up before it was heard.
fn is_theirs(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

async fn asked(stop: &mut watch::Receiver<u32>) {
    // An error means that the listener for signals is gone; then nothing else can stop us in order.
    let _ = stop.wait_for(|signals| *signals > 0).await;
}

async fn answer(stream: TcpStream, from: SocketAddr, router: Router, mut stop: watch::Receiver<u32>, head: Duration) {
    let service = router.map_request(move |request: Request<_>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    tokio::select! {
        // What goes wrong here is the other side's going away or talking nonsense.
        _ = connection.as_mut() => return,
        () = asked(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn started(head: Duration) -> (SocketAddr, watch::Sender<u32>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (signal, stop) = watch::channel(0);
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "done"
        };
        let from = |ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.ip().to_string() };
        let router = Router::new().route("/slow", get(slow)).route("/from", get(from));
        (address, signal, tokio::spawn(serve_within(listener, router, stop, head)))
    }

    async fn said(stream: &mut TcpStream, words: &str) -> String {
        stream.write_all(words.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn half_a_request_does_not_hold_its_connection() {
        let (address, _signal, _serving) = started(Duration::from_millis(200)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let answer =
            tokio::time::timeout(Duration::from_secs(20), said(&mut stream, "GET /from HTTP/1.1\r\nHost: x\r\n"));
        assert!(!answer.await.expect("the connection ends by itself").contains("200 OK"));
        let mut idle = TcpStream::connect(address).await.unwrap();
        let answer =
            tokio::time::timeout(Duration::from_secs(20), said(&mut idle, "GET /from HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert!(answer.await.expect("nor does nothing after an answer").ends_with("127.0.0.1"));
        let mut silent = TcpStream::connect(address).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(20), said(&mut silent, ""));
        assert_eq!(answer.await.expect("nor does nothing at all"), "");
    }

    #[tokio::test]
    async fn a_request_under_way_is_finished_when_a_stop_is_asked_for() {
        let (address, signal, serving) = started(Duration::from_secs(20)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = tokio::spawn(async move { said(&mut stream, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await });
        let idle = TcpStream::connect(address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        signal.send(1).unwrap();
        assert!(ask.await.unwrap().ends_with("done"));
        serving.await.unwrap();
        drop(idle);
        assert!(TcpStream::connect(address).await.is_err(), "nothing listens any more");
    }

    #[tokio::test]
    async fn handlers_know_where_a_request_comes_from() {
        let (address, _signal, _serving) = started(Duration::from_secs(20)).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let answer = said(&mut stream, "GET /from HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("127.0.0.1"), "{answer}");
    }
}
