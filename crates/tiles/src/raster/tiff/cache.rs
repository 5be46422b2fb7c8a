use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::block::Block;
use crate::raster::fault::Fault;

/// Decoded blocks, the least recently used ones dropped.
///
/// A block that several threads want at once is decoded by one of them; the others wait for it.
/// The library's own cache would have each decode it.
pub(super) struct BlockCache {
    state: Mutex<State>,
    capacity: usize,
}

type Cell = Arc<OnceLock<Result<Arc<Block>, Fault>>>;

#[derive(Default)]
struct State {
    entries: HashMap<usize, Entry>,
    /// Which block was used when.
    uses: BTreeMap<u64, usize>,
    clock: u64,
    bytes: usize,
}

struct Entry {
    cell: Cell,
    last_use: u64,
    /// 0 until it is decoded.
    bytes: usize,
}

impl BlockCache {
    /// A cache of at most `capacity` bytes, and of one block if that is larger.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            capacity,
        }
    }

    /// The block of this index, decoded now if it is not at hand. Failures are not kept.
    pub(super) fn get(
        &self,
        index: usize,
        decode: impl FnOnce() -> Result<Block, Fault>,
    ) -> Result<Arc<Block>, Fault> {
        let cell = self.lock().used(index);
        let block = cell.get_or_init(|| decode().map(Arc::new)).clone();
        self.lock().settle(index, &cell, self.capacity);
        block
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in there panics, and a block is complete or absent whatever happens.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The cell of a block, which is now the most recently used one.
    fn used(&mut self, index: usize) -> Cell {
        self.clock += 1;
        let clock = self.clock;
        let entry = self.entries.entry(index).or_insert_with(|| Entry {
            cell: Cell::default(),
            last_use: clock,
            bytes: 0,
        });
        self.uses.remove(&entry.last_use);
        entry.last_use = clock;
        self.uses.insert(clock, index);
        Arc::clone(&entry.cell)
    }

    /// Counts a block that has just been decoded, and makes room for it.
    fn settle(&mut self, index: usize, cell: &Cell, capacity: usize) {
        // It may have been dropped meanwhile, or dropped and begun anew.
        let Some(entry) = self.entries.get_mut(&index) else {
            return;
        };
        if !Arc::ptr_eq(&entry.cell, cell) || entry.bytes > 0 {
            return;
        }
        match cell.get() {
            Some(Ok(block)) => {
                entry.bytes = block.samples.len().max(1);
                self.bytes += entry.bytes;
            }
            _ => self.drop_block(index),
        }
        while self.bytes > capacity && self.entries.len() > 1 {
            let Some((_, &oldest)) = self.uses.first_key_value() else {
                return;
            };
            if oldest == index {
                return;
            }
            self.drop_block(oldest);
        }
    }

    fn drop_block(&mut self, index: usize) {
        if let Some(entry) = self.entries.remove(&index) {
            self.uses.remove(&entry.last_use);
            self.bytes -= entry.bytes;
        }
    }
}
