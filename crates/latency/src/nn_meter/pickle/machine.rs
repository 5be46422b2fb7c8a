//! The machine that a pickle is a program for.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Global, Id, Object, Value, Values};

/// The most steps of a program. A forest of 500 trees takes 60,000.
const MAX_STEPS: usize = 1_000_000;
/// The most values that it makes.
const MAX_VALUES: usize = 500_000;
/// The most values on the stack.
const MAX_STACK: usize = 1 << 16;
/// The most marks on the stack: how deep collections are begun inside each other.
const MAX_MARKS: usize = 64;
/// The most arguments of a call.
const MAX_ARGUMENTS: usize = 8;
/// The versions of the format, each of which adds to the one before.
const PROTOCOLS: std::ops::RangeInclusive<u8> = 2..=5;

/// What the pickle describes, or at which byte it stopped making sense and why.
pub(in crate::nn_meter) fn load(pickle: &[u8]) -> Result<Values<'_>, String> {
    let mut machine = Machine {
        pickle,
        rest: pickle,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        encoded: 0,
    };
    for _ in 0..MAX_STEPS {
        let at = pickle.len() - machine.rest.len();
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => {
                let values = machine.values;
                return Ok(Values { values, root });
            }
            Err(reason) => return Err(format!("byte {at}: {reason}")),
        }
    }
    Err(format!("more than {MAX_STEPS} instructions"))
}

struct Machine<'a> {
    pickle: &'a [u8],
    /// What has not been read yet.
    rest: &'a [u8],
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// The height of the stack at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    /// The bytes of all texts that were encoded: the only ones that are not the pickle's own.
    encoded: usize,
}

impl<'a> Machine<'a> {
    /// Does the next instruction; the result where it was the last.
    fn step(&mut self) -> Result<Option<Id>, String> {
        match self.byte()? {
            b'.' => return self.pop().map(Some),
            0x80 => {
                let protocol = self.byte()?;
                if !PROTOCOLS.contains(&protocol) {
                    return Err(format!("protocol {protocol}, expected 2 to 5"));
                }
            }
            // A frame says how much may be read at once, which is no matter here.
            0x95 => {
                self.take(8)?;
            }
            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'J' => {
                let integer = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(integer.into()))?;
            }
            b'K' => {
                let integer = self.byte()?;
                self.push(Value::Int(integer.into()))?;
            }
            b'M' => {
                let integer = u16::from_le_bytes(self.array()?);
                self.push(Value::Int(integer.into()))?;
            }
            0x8a => self.long()?,
            b'G' => {
                let number = f64::from_be_bytes(self.array()?);
                self.push(Value::Float(number))?;
            }
            0x8c => self.text(1)?,
            b'X' => self.text(4)?,
            0x8d => self.text(8)?,
            b'C' => self.bytes(1)?,
            b'B' => self.bytes(4)?,
            // Bytes, or an array of bytes that could be changed.
            0x8e | 0x96 => self.bytes(8)?,
            b')' => self.push(Value::Tuple(Vec::new()))?,
            count @ 0x85..=0x87 => {
                let members = self.pop_last(usize::from(count - 0x84))?;
                self.push(Value::Tuple(members))?;
            }
            b't' => {
                let members = self.pop_to_mark()?;
                self.push(Value::Tuple(members))?;
            }
            b']' => self.push(Value::List(Vec::new()))?,
            b'a' => {
                let member = self.pop()?;
                self.append(vec![member])?;
            }
            b'e' => {
                let members = self.pop_to_mark()?;
                self.append(members)?;
            }
            b'}' => self.push(Value::Dict(Vec::new()))?,
            b's' => {
                let entry = self.pop_last(2)?;
                self.set_items(&entry)?;
            }
            b'u' => {
                let entries = self.pop_to_mark()?;
                self.set_items(&entries)?;
            }
            b'(' => {
                if self.marks.len() == MAX_MARKS {
                    return Err(format!(
                        "more than {MAX_MARKS} collections inside each other"
                    ));
                }
                self.marks.push(self.stack.len());
            }
            b'0' => {
                self.pop()?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let names = self.pop_last(2)?;
                let (Value::Text(module), Value::Text(name)) =
                    (self.value(names[0]), self.value(names[1]))
                else {
                    return Err("a name that is no text".to_owned());
                };
                let (module, name) = (*module, *name);
                self.global(module, name)?;
            }
            // An object is new, or made by a call: both only say what was called, and with what.
            0x81 | b'R' => {
                let call = self.pop_last(2)?;
                self.call(call[0], call[1])?;
            }
            b'b' => {
                let state = self.pop()?;
                match self.top()? {
                    Value::Object(object) => object.state = Some(state),
                    other => return Err(format!("a state for {}", other.kind())),
                }
            }
            b'q' => {
                let key = self.byte()?;
                self.remember(key.into())?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?);
                self.remember(key)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let key = self.byte()?;
                self.recall(key.into())?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?);
                self.recall(key)?;
            }
            other => return Err(format!("instruction 0x{other:02x}, which no forest needs")),
        }
        Ok(None)
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        // A name is as long as its author likes; what is shown of it is not.
        let shown = |text: &str| text.chars().take(60).collect::<String>();
        let global = Global::find(module, name).ok_or_else(|| {
            let (module, name) = (shown(module), shown(name));
            format!("`{module}.{name}`, expected only scikit-learn's forests and NumPy's arrays")
        })?;
        self.push(Value::Global(global))
    }

    fn call(&mut self, callee: Id, arguments: Id) -> Result<(), String> {
        let (&Value::Global(global), Value::Tuple(arguments)) =
            (self.value(callee), self.value(arguments))
        else {
            let (callee, arguments) = (self.value(callee).kind(), self.value(arguments).kind());
            return Err(format!("a call of {callee} with {arguments}"));
        };
        let made = match (global, arguments.as_slice()) {
            (Global::Bytes, []) => Value::Bytes(Cow::Borrowed(&[])),
            (Global::Encode, &[text, encoding]) => {
                let (&Value::Text(text), Value::Text("latin1")) =
                    (self.value(text), self.value(encoding))
                else {
                    return Err("an encoding other than a text's as latin1".to_owned());
                };
                self.encoded += text.len();
                if self.encoded > self.pickle.len() {
                    return Err("the same text encoded again and again".to_owned());
                }
                let bytes = text
                    .chars()
                    .map(u8::try_from)
                    .collect::<Result<Vec<u8>, _>>();
                Value::Bytes(Cow::Owned(bytes.map_err(|error| error.to_string())?))
            }
            (Global::Bytes | Global::Encode, _) => {
                return Err("bytes made of something else than a text".to_owned());
            }
            (_, arguments) if arguments.len() > MAX_ARGUMENTS => {
                return Err(format!("more than {MAX_ARGUMENTS} arguments"));
            }
            (_, arguments) => Value::Object(Object {
                global,
                arguments: arguments.to_vec(),
                state: None,
            }),
        };
        self.push(made)
    }

    fn append(&mut self, members: Vec<Id>) -> Result<(), String> {
        match self.top()? {
            Value::List(list) => list.extend(members),
            other => return Err(format!("members for {}", other.kind())),
        }
        Ok(())
    }

    fn set_items(&mut self, flat: &[Id]) -> Result<(), String> {
        let (pairs, rest) = flat.as_chunks();
        match self.top()? {
            _ if !rest.is_empty() => return Err("a key without a value".to_owned()),
            Value::Dict(dict) => dict.extend(pairs.iter().map(|&[key, value]| (key, value))),
            other => return Err(format!("entries for {}", other.kind())),
        }
        Ok(())
    }

    fn remember(&mut self, key: u32) -> Result<(), String> {
        let &value = self.stack.last().ok_or("nothing to remember")?;
        self.memo.insert(key, value);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), String> {
        let value = self.memo.get(&key).copied();
        let value = value.ok_or_else(|| format!("nothing was remembered as {key}"))?;
        self.push_id(value)
    }

    fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id as usize]
    }

    fn push(&mut self, value: Value<'a>) -> Result<(), String> {
        if self.values.len() == MAX_VALUES {
            return Err(format!("more than {MAX_VALUES} values"));
        }
        self.values.push(value);
        self.push_id(self.values.len() as Id - 1)
    }

    fn push_id(&mut self, id: Id) -> Result<(), String> {
        if self.stack.len() == MAX_STACK {
            return Err(format!("more than {MAX_STACK} values on the stack"));
        }
        self.stack.push(id);
        Ok(())
    }

    /// The height that the stack may not fall below: that of the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&mut self) -> Result<&mut Value<'a>, String> {
        if self.stack.len() == self.floor() {
            return Err("an empty stack".to_owned());
        }
        let id = self.stack[self.stack.len() - 1];
        Ok(&mut self.values[id as usize])
    }

    fn pop(&mut self) -> Result<Id, String> {
        self.pop_last(1).map(|last| last[0])
    }

    fn pop_last(&mut self, count: usize) -> Result<Vec<Id>, String> {
        let height = self.stack.len().checked_sub(count);
        match height.filter(|&height| height >= self.floor()) {
            Some(height) => Ok(self.stack.split_off(height)),
            None => Err("an empty stack".to_owned()),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, String> {
        let height = self
            .marks
            .pop()
            .ok_or("the end of a collection, and no beginning")?;
        Ok(self.stack.split_off(height))
    }

    /// A whole number of up to eight bytes; longer ones are no part of a forest.
    fn long(&mut self) -> Result<(), String> {
        let count = self.byte()?;
        let bytes = self.take(count.into())?;
        if bytes.len() > 8 {
            return Err(format!("an integer of {count} bytes, expected at most 8"));
        }
        // The last byte has the sign, which the bytes that are not written repeat.
        let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
        let mut whole = [if negative { 0xff } else { 0 }; 8];
        whole[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(whole)))
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let bytes = self.sized(width)?;
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        self.push(Value::Text(text))
    }

    fn bytes(&mut self, width: usize) -> Result<(), String> {
        let bytes = self.sized(width)?;
        self.push(Value::Bytes(Cow::Borrowed(bytes)))
    }

    /// As many bytes as the next `width` bytes say.
    fn sized(&mut self, width: usize) -> Result<&'a [u8], String> {
        let mut size = [0; 8];
        size[..width].copy_from_slice(self.take(width)?);
        let size = u64::from_le_bytes(size);
        // A size that no memory has is one that the pickle has not, either.
        self.take(usize::try_from(size).unwrap_or(usize::MAX))
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let end = self.rest.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or("a line without an end")?)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|error| error.to_string())
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.array().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        Ok(*bytes.first_chunk().expect("as many were taken"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        self.rest.split_off(..count).ok_or_else(|| {
            let (size, left) = (self.pickle.len(), self.rest.len());
            format!("{count} more bytes, expected at most the {left} left of {size}")
        })
    }
}
