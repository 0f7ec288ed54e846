//! A list that mostly fits where it stands, and moves to the heap when it does not.

/// A list of which `N` items need no allocation.
#[derive(Clone)]
pub(crate) struct Few<T, const N: usize> {
    here: [T; N],
    /// How many of them are `here`, or [`MOVED`].
    count: usize,
    heap: Vec<T>,
}

/// All items are on the heap: a number of which there are never as many here.
const MOVED: usize = usize::MAX;

/// Room for the canonical request of nearly everyone.
pub(crate) type Text = Few<u8, 1536>;

impl<T: Copy + Default, const N: usize> Few<T, N> {
    pub(crate) fn new() -> Self {
        Self { here: [T::default(); N], count: 0, heap: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self.here.get_mut(self.count) {
            Some(slot) => {
                *slot = item;
                self.count += 1;
            }
            None => self.move_out(&[item]),
        }
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, items: &[T]) {
        self.extend_from_slices([items]);
    }

    /// Several pieces at once: room for them is looked for once.
    #[inline]
    pub(crate) fn extend_from_slices<const P: usize>(&mut self, pieces: [&[T]; P]) {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        match self.here.get_mut(self.count..).and_then(|free| free.get_mut(..length)) {
            Some(mut free) => {
                for piece in pieces {
                    let Some((slot, after)) = free.split_at_mut_checked(piece.len()) else { return };
                    slot.copy_from_slice(piece);
                    free = after;
                }
                self.count += length;
            }
            None => pieces.into_iter().for_each(|piece| self.move_out(piece)),
        }
    }

    #[cold]
    fn move_out(&mut self, items: &[T]) {
        if let Some(here) = self.here.get(..self.count) {
            self.heap.reserve(2 * (here.len() + items.len()));
            self.heap.extend_from_slice(here);
            self.count = MOVED;
        }
        self.heap.extend_from_slice(items);
    }

    /// Forgets everything after the first `count` items.
    pub(crate) fn truncate(&mut self, count: usize) {
        if self.count == MOVED {
            self.heap.truncate(count);
        } else {
            self.count = self.count.min(count);
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        self.here.get(..self.count).unwrap_or(&self.heap)
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        self.here.get_mut(..self.count).unwrap_or(&mut self.heap)
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        self.here.get(..self.count).map(<[T]>::to_vec).unwrap_or(self.heap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_wherever_it_stands() {
        for pieces in [vec![1], vec![3, 1], vec![4], vec![5, 0], vec![4, 1, 7], vec![2, 9, 0, 2]] {
            let (mut few, mut expected) = (Few::<u8, 4>::new(), Vec::new());
            for (at, &length) in pieces.iter().enumerate() {
                let piece = vec![u8::try_from(at).unwrap(); length];
                few.extend_from_slice(&piece);
                few.push(9);
                few.extend_from_slices([&[7], &piece, &[]]);
                expected.extend([&*piece, &[9, 7], &piece].concat());
                assert_eq!(few.as_slice(), expected, "{pieces:?}");
                assert_eq!(few.as_mut_slice(), expected, "{pieces:?}");
            }
            assert_eq!(few.clone().into_vec(), expected);
            for count in [expected.len() + 1, 2, 0] {
                few.truncate(count);
                expected.truncate(count);
                assert_eq!(few.as_slice(), expected, "{pieces:?}");
            }
            few.push(1);
            assert_eq!(few.as_slice(), [1]);
        }
    }
}
