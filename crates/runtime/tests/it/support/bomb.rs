//! A small gzip stream that unpacks to a large one, written without packing anything.

use super::step::Flood;

/// A chunked 200 in gzip: 13 bytes for each 2064 zeros, at least that many MiB of them. The stream
/// does not end; its reader has to.
pub(crate) fn gzip_bomb(mib: usize) -> Flood {
    let magic = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let (start, period) = deflate();
    let head = b"HTTP/1.1 200 Whatever\r\ncontent-type: application/json\r\n\
        content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
    Flood {
        head: [head, &chunk(&[&magic[..], &start].concat())[..]].concat(),
        // 2064 zeros, 509 times: a little more than 1 MiB.
        block: chunk(&period.repeat(509)),
        count: mib,
        tail: Vec::new(),
    }
}

/// One block of the fixed code: three bits that open it, the literal zero, and then for ever "258
/// times the byte before" in 13 bits. From the third byte on it has a period of 13 bytes.
fn deflate() -> (Vec<u8>, Vec<u8>) {
    let open = [0, 1, 0];
    let zero = [0, 0, 1, 1, 0, 0, 0, 0];
    let again = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    let mut bits = [&open[..], &zero].concat();
    bits.extend(again.iter().cycle().take(13 * 13));
    let mut bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let period = bytes.split_off(2);
    (bytes, period[..13].to_vec())
}

/// Deflate fills bytes from the lowest bit.
fn byte(bits: &[u8]) -> u8 {
    bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit)
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", bytes.len());
    [size.as_bytes(), bytes, b"\r\n"].concat()
}
