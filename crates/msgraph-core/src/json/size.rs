//! How much memory JSON takes once it is read.

use memchr::memchr_iter;

/// Returns true if reading a body may take more than six times the limit of a body: with the body itself, and what grows
/// while it arrives, that is eight times.
pub(crate) fn exceeds(body: &[u8], limit: usize) -> bool {
    // The most that a byte takes is 300, in a page of empty objects; most bodies are far from the limit.
    if body.len() <= limit / 64 {
        return false;
    }
    let count = |byte| memchr_iter(byte, body).count();
    // The node of a map, an array, a value and a member's name; those in texts count as well.
    let bytes = count(b'{') * 640 + count(b'[') * 144 + count(b',') * 64 + count(b':') * 64 + body.len();
    bytes > limit.saturating_mul(6)
}

#[cfg(test)]
mod tests {
    use super::exceeds;

    #[test]
    fn many_small_values_exceed_the_limit_and_a_large_task_does_not() {
        const LIMIT: usize = 1 << 20;
        let filled = |piece: &str, length: usize| format!("[{}0]", piece.repeat(length / piece.len() - 2));
        for piece in ["0,", "[],", "[0],", "{},", r#"{"a":0},"#, r#""","#] {
            assert!(exceeds(filled(piece, LIMIT).as_bytes(), LIMIT), "{piece}");
        }
        let task = r##"{"id":"213213","displayName":"Isolate the device, and wait","status":"inProgress","description":
            "An administrator isolates the device until it has been examined","createdDateTime":"2023-06-26T19:07:39Z",
            "responseAction":{"@odata.type":"#microsoft.graph.security.isolateDeviceIncidentTaskResponseAction",
            "identifierValue":"d-1"},"lastModifiedDateTime":"2023-06-26T19:07:39Z"},"##;
        assert!(!exceeds(filled(task, LIMIT / 4 * 3).as_bytes(), LIMIT));
        assert!(!exceeds(filled("0,", LIMIT / 64).as_bytes(), LIMIT));
    }
}
