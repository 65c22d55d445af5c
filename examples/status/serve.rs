//! HTTP on loopback. Plain, as whatever is served is signed: a reader trusts no server.

use std::io::Cursor;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tiny_http::{Header, Method, Request, Response, Server};

use super::publish::{Answer, Published};

/// Until the server is unblocked.
pub(crate) fn serve(server: &Server, published: &Mutex<Published>) {
    for request in server.incoming_requests() {
        let response = respond(&request, &lock(published));
        // Whoever hung up asks again.
        let _ = request.respond(response);
    }
}

pub(crate) fn lock(published: &Mutex<Published>) -> MutexGuard<'_, Published> {
    // What is in there is replaced as a whole, so it is whole.
    published.lock().unwrap_or_else(PoisonError::into_inner)
}

fn respond(request: &Request, published: &Published) -> Response<Cursor<Vec<u8>>> {
    if *request.method() != Method::Get {
        return Response::from_data([])
            .with_status_code(405)
            .with_header_of("Allow", "GET");
    }
    match published.answer(request.url(), header(request, "Accept")) {
        Answer::Found(media_type, body) => Response::from_data(body)
            // A length is what a reader shows progress by, and stops early by.
            .with_chunked_threshold(usize::MAX)
            .with_header_of("Content-Type", media_type),
        Answer::Error(status) => Response::from_data([]).with_status_code(status),
    }
}

fn header<'r>(request: &'r Request, name: &'static str) -> Option<&'r str> {
    let mut headers = request.headers().iter();
    let found = headers.find(|header| header.field.equiv(name))?;
    Some(found.value.as_str())
}

trait WithHeader: Sized {
    fn with_header_of(self, name: &str, value: &str) -> Self;
}

impl WithHeader for Response<Cursor<Vec<u8>>> {
    fn with_header_of(mut self, name: &str, value: &str) -> Self {
        if let Ok(header) = Header::from_bytes(name, value) {
            self.add_header(header);
        }
        self
    }
}
