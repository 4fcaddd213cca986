//! A look at the bytes of an ONNX file before ONNX Runtime sees them: weights must lie inside the file, where the
//! signature covers them. Field numbers are those of `onnx.proto`.

/// One field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(head)
    }

    /// Number and value of the next field; `Ok(None)` at the end.
    fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, String> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let mut read = || {
            let tag = self.varint()?;
            let field = match tag & 7 {
                0 => Field::Number(self.varint()?),
                1 => self.take(8).map(|_| Field::Other)?,
                2 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    Field::Bytes(self.take(length)?)
                }
                5 => self.take(4).map(|_| Field::Other)?,
                _ => return None,
            };
            Some((tag >> 3, field))
        };
        read().map(Some).ok_or_else(|| "its model is not a protobuf message".into())
    }
}

#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Sparse,
    Function,
    Tensor,
}

/// Messages below a message that may hold tensors, by field number.
fn child(message: Message, field: u64) -> Option<Message> {
    match (message, field) {
        (Message::Model, 7) => Some(Message::Graph),
        (Message::Model, 25) => Some(Message::Function),
        (Message::Graph, 1) | (Message::Function, 7) => Some(Message::Node),
        (Message::Graph, 5) => Some(Message::Tensor),
        (Message::Graph, 15) => Some(Message::Sparse),
        (Message::Node, 5) => Some(Message::Attribute),
        (Message::Function, 11) => Some(Message::Attribute),
        (Message::Attribute, 5 | 10) => Some(Message::Tensor),
        (Message::Attribute, 6 | 11) => Some(Message::Graph),
        (Message::Attribute, 22 | 23) => Some(Message::Sparse),
        (Message::Sparse, 1 | 2) => Some(Message::Tensor),
        _ => None,
    }
}

const MAX_DEPTH: usize = 32;

fn walk(message: Message, bytes: &[u8], depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("its model is nested too deeply".into());
    }
    let mut fields = Fields { bytes };
    while let Some((number, field)) = fields.next()? {
        match (message, number, field) {
            (Message::Tensor, 13, _) => return Err("its model keeps weights outside the file".into()),
            (Message::Tensor, 14, Field::Number(location)) if location != 0 => {
                return Err("its model keeps weights outside the file".into());
            }
            // Training information has no place in a model that is only run.
            (Message::Model, 20, _) => return Err("its model carries training information".into()),
            (_, _, Field::Bytes(bytes)) => {
                if let Some(child) = child(message, number) {
                    walk(child, bytes, depth + 1)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Why this ONNX file must not be given to ONNX Runtime; `None` when nothing is wrong that can be seen from its bytes.
pub(crate) fn graph_fault(model: &[u8]) -> Option<String> {
    walk(Message::Model, model, 0).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![(number << 3) | 2, u8::try_from(content.len()).unwrap()];
        bytes.extend_from_slice(content);
        bytes
    }

    /// As `field`, for contents of up to 16 KiB.
    fn large(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap();
        let mut bytes = vec![(number << 3) | 2, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn weights_outside_the_file_are_found_wherever_they_hide() {
        let inside = [0x70, 0x00];
        let outside = [0x70, 0x01];
        assert_eq!(graph_fault(&field(7, &field(5, &inside))), None);
        assert!(graph_fault(&field(7, &field(5, &outside))).unwrap().contains("outside the file"));
        assert!(graph_fault(&field(7, &field(5, &field(13, b"location")))).is_some());
        // graph -> node -> attribute -> subgraph -> initializer
        let deep = field(7, &field(1, &field(5, &field(6, &field(5, &outside)))));
        assert!(graph_fault(&deep).is_some());
    }

    #[test]
    fn broken_bytes_are_a_fault_and_not_a_panic() {
        for bytes in [&[0xff_u8][..], &[0x3a, 0x7f], &[0x3b], &[0x80; 12], &[0x39, 0, 0]] {
            assert!(graph_fault(bytes).is_some(), "{bytes:?}");
        }
        // Attributes in graphs in attributes: 2 bytes of header a level.
        let nested = (0..30).fold(Vec::new(), |inner, _| large(5, &large(6, &large(1, &inner))));
        assert!(graph_fault(&large(7, &large(1, &nested))).unwrap().contains("nested"));
    }
}
