//! A list that mostly fits where it stands, and moves to the heap when it does not.

/// A list of which `N` items need no allocation.
#[derive(Clone)]
pub(crate) struct Few<T, const N: usize> {
    here: [T; N],
    /// How many of them are `here`; none where all are in `heap`.
    count: usize,
    heap: Vec<T>,
}

/// Room for the canonical request of nearly everyone.
pub(crate) type Text = Few<u8, 1536>;

impl<T: Copy + Default, const N: usize> Few<T, N> {
    pub(crate) fn new() -> Self {
        Self { here: [T::default(); N], count: 0, heap: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        match self.here.get_mut(self.count) {
            Some(slot) if self.heap.is_empty() => {
                *slot = item;
                self.count += 1;
            }
            _ => self.move_out(&[item]),
        }
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, items: &[T]) {
        match self.here.get_mut(self.count..).and_then(|free| free.get_mut(..items.len())) {
            Some(free) if self.heap.is_empty() => {
                free.copy_from_slice(items);
                self.count += items.len();
            }
            _ => self.move_out(items),
        }
    }

    /// Several pieces at once: room for them is looked for once.
    #[inline]
    pub(crate) fn extend_from_slices<const P: usize>(&mut self, pieces: [&[T]; P]) {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        match self.here.get_mut(self.count..).and_then(|free| free.get_mut(..length)) {
            Some(mut free) if self.heap.is_empty() => {
                for piece in pieces {
                    let Some((slot, after)) = free.split_at_mut_checked(piece.len()) else { return };
                    slot.copy_from_slice(piece);
                    free = after;
                }
                self.count += length;
            }
            _ => pieces.into_iter().for_each(|piece| self.move_out(piece)),
        }
    }

    #[cold]
    fn move_out(&mut self, items: &[T]) {
        if self.heap.is_empty() {
            self.heap.reserve(2 * (self.count + items.len()));
            self.heap.extend_from_slice(self.here.get(..self.count).unwrap_or_default());
            self.count = 0;
        }
        self.heap.extend_from_slice(items);
    }

    /// Forgets everything after the first `count` items.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.heap.truncate(count);
        self.count = self.count.min(count);
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        if self.heap.is_empty() { self.here.get(..self.count).unwrap_or_default() } else { &self.heap }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        if self.heap.is_empty() { self.here.get_mut(..self.count).unwrap_or_default() } else { &mut self.heap }
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        if self.heap.is_empty() { self.as_slice().to_vec() } else { self.heap }
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
