class Rows:
    number: int
    def __new__(
        cls,
        powers: bytes,
        seed: int,
        record: tuple[tuple[bytes, int, bytes], ...],
        objects: tuple[tuple[tuple[bytes, int, bytes], ...], ...],
        /,
    ) -> Rows: ...
    def add_lines(self, text: bytes, first_index: int, /) -> tuple[int, list[tuple[bytes, int]]]: ...
    def add_items(self, text: bytes, first_index: int, /) -> tuple[int, list[tuple[bytes, int]], int, bool]: ...
    def take(
        self,
    ) -> tuple[
        bytearray, bytearray, bytearray, list[tuple[str, ...]], list[list[str | None]], list[list[bool | None]]
    ]: ...
