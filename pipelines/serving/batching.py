"""Requests that wait at the same time are predicted together.

A call into the trees costs about a tenth of a millisecond whatever the number of rows, so that sixteen requests with a
row each cost little more than one. Nobody is kept waiting for company: a batch is what has come in by the time that
the event loop would have answered the first of it.
"""

import asyncio
from collections.abc import Callable

import numpy

from pipelines.modelling import Columns

Predict = Callable[[Columns], numpy.ndarray]

INLINE_ROWS = 256  # of one request; as long as the event loop may be kept: about 0.4 ms for trees
LARGEST_BATCH = 256  # rows of several requests


class Batcher:
    """Joins waiting requests for `predict`, which gives each row's prediction from that row alone.

    It gets `largest` rows of several requests at most; with 1, every request is predicted by itself.
    """

    def __init__(self, predict: Predict, largest: int = LARGEST_BATCH) -> None:
        self._predict = predict
        self._largest = largest
        self._waiting: list[tuple[Columns, int, asyncio.Future[numpy.ndarray]]] = []

    async def predict(self, rows: Columns) -> numpy.ndarray:
        """The predictions for `rows`. Raises what `predict` raises for them, whoever else is in the batch."""
        count = len(next(iter(rows.values())))
        if count > INLINE_ROWS:
            # Trees over many rows take a while; /ping and the other requests must be answered meanwhile.
            return await asyncio.to_thread(self._predict, rows)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[numpy.ndarray] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((rows, count, answer))
        return await answer

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        batch: list[tuple[Columns, int, asyncio.Future[numpy.ndarray]]] = []
        held = 0
        for one in waiting:
            if held + one[1] > self._largest and batch:
                self._answer(batch)
                batch, held = [], 0
            batch.append(one)
            held += one[1]
        self._answer(batch)

    def _answer(self, batch: list[tuple[Columns, int, asyncio.Future[numpy.ndarray]]]) -> None:
        batch = [one for one in batch if not one[2].cancelled()]  # its client has gone
        if not batch:
            return
        together = {name: numpy.concatenate([rows[name] for rows, _, _ in batch]) for name in batch[0][0]}
        try:
            found = self._predict(together)
        except Exception as error:
            if len(batch) == 1:
                batch[0][2].set_exception(error)
                return
            for one in batch:  # whose rows they are that cannot be predicted shows when each is alone
                self._answer([one])
            return
        start = 0
        for _, count, answer in batch:
            answer.set_result(found[start : start + count])
            start += count
