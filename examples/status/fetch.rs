//! One GET, with a cap.

use super::progress::Bar;

/// Of a head; ours has four lines.
const MAX_HEAD: usize = 8 << 10;
const TIMEOUT_SECS: u64 = 30;

pub(crate) enum Fetched {
    Body(Vec<u8>),
    /// The server answers, and has none such.
    NotFound,
    /// No answer, another one, or one that is too long.
    Failed(String),
}

/// At most `cap` bytes, whatever the server says of their length.
pub(crate) fn get(url: &str, accept: &str, cap: usize) -> Fetched {
    match try_get(url, accept, cap) {
        Ok(fetched) => fetched,
        Err(error) => Fetched::Failed(error.to_string()),
    }
}

fn try_get(url: &str, accept: &str, cap: usize) -> Result<Fetched, minreq::Error> {
    let response = minreq::get(url)
        .with_header("Accept", accept)
        .with_timeout(TIMEOUT_SECS)
        .with_max_headers_size(MAX_HEAD)
        .with_max_status_line_length(MAX_HEAD)
        // Lists are at the address that cards name, and nowhere else.
        .with_follow_redirects(false)
        .send_lazy()?;
    match response.status_code {
        200 => {}
        404 => return Ok(Fetched::NotFound),
        status => return Ok(Fetched::Failed(format!("status {status}"))),
    }
    let length = response.headers.get("content-length");
    let length = length.and_then(|length| length.parse().ok());
    let mut bar = Bar::new("fetching", length.unwrap_or(0));
    let mut body = Vec::new();
    for byte in response {
        if body.len() == cap {
            return Ok(Fetched::Failed(format!("over {cap} bytes")));
        }
        body.push(byte?.0);
        bar.at(body.len() as u64);
    }
    Ok(Fetched::Body(body))
}
