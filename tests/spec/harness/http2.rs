//! HTTP/2 without TLS by hand (RFC 9113), where a client has to do what none does.

pub const HEADERS: u8 = 1;
pub const SETTINGS: u8 = 4;
pub const WINDOW: u8 = 8;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
/// The setting: how much of each answer the server may send unasked.
pub const INITIAL_WINDOW_SIZE: u16 = 4;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// How a connection begins, with these settings.
pub fn preface(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (setting, value) in settings {
        payload.extend(setting.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &payload)].concat()
}

/// A literal in HPACK's words, its length in one byte or in several (RFC 7541, section 5).
pub fn literal(text: &str) -> Vec<u8> {
    let mut bytes = if text.len() < 127 {
        vec![u8::try_from(text.len()).unwrap()]
    } else {
        let (mut rest, mut bytes) = (text.len() - 127, vec![127]);
        while rest >= 128 {
            bytes.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes
    };
    bytes.extend(text.as_bytes());
    bytes
}

/// The headers of a request, by indexes into HPACK's static table: method 2 is `GET`, 3 `POST`.
pub fn head(method: u8, authority: &str, path: &str) -> Vec<u8> {
    let mut head = vec![0x80 | method, 0x86, 0x04];
    head.extend(literal(path));
    head.push(0x01);
    head.extend(literal(authority));
    head
}

/// Numbers of streams, as clients give them.
pub fn streams(numbers: std::ops::Range<u32>) -> impl Iterator<Item = u32> {
    numbers.map(|number| 2 * number + 1)
}
