use async_graphql::Pos;

/// Where the lines of a text begin, so that a position can be found without reading the text again.
#[derive(Debug)]
pub(super) struct Positions {
    /// The offset of each line's first byte.
    lines: Vec<u32>,
    /// After each character of several bytes: its end, and how many bytes more than characters
    /// there are up to it.
    wide: Vec<(u32, u32)>,
}

impl Positions {
    pub fn of(text: &str) -> Self {
        let (mut lines, mut wide) = (vec![0], Vec::new());
        let mut surplus = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let end = at + character.len_utf8();
            match character {
                '\r' if characters.peek().is_some_and(|(_, next)| *next == '\n') => {}
                '\r' | '\n' => lines.push(offset(end)),
                _ if !character.is_ascii() => {
                    surplus += offset(character.len_utf8()) - 1;
                    wide.push((offset(end), surplus));
                }
                _ => {}
            }
        }
        lines.shrink_to_fit();
        wide.shrink_to_fit();
        Self { lines, wide }
    }

    /// Line and column (in characters, from 1) of a byte.
    pub fn at(&self, byte: usize) -> Pos {
        let byte = offset(byte);
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines[line - 1];
        let surplus = self.surplus(byte) - self.surplus(start);
        Pos { line, column: (byte - start - surplus) as usize + 1 }
    }

    /// How many bytes more than characters there are before this byte.
    fn surplus(&self, byte: u32) -> u32 {
        let before = self.wide.partition_point(|(end, _)| *end <= byte);
        before.checked_sub(1).map_or(0, |last| self.wide[last].1)
    }

    /// Bytes on the heap.
    pub fn weight(&self) -> usize {
        self.lines.capacity() * 4 + self.wide.capacity() * 8
    }
}

/// No request is as large as 4 GiB.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_the_specification_says_and_columns_are_characters() {
        let text = "a\nb\r\nc\rd é🙂 e";
        let positions = Positions::of(text);
        for (part, line, column) in [
            ("a", 1, 1),
            ("b", 2, 1),
            ("c", 3, 1),
            ("d", 4, 1),
            ("é", 4, 3),
            ("🙂", 4, 4),
            ("e", 4, 6),
        ] {
            let at = positions.at(text.find(part).unwrap());
            assert_eq!((at.line, at.column), (line, column), "{part}");
        }
        let end = positions.at(text.len());
        assert_eq!((end.line, end.column), (4, 7));
    }
}
