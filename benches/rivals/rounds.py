"""Taking turns, and what is made of the figures."""

import statistics
from dataclasses import dataclass, field

from worker import Worker


@dataclass
class Contender:
    """One or several workers that are measured at the same time; their rates add up."""

    name: str
    commands: list
    cores: list
    rates: list = field(default_factory=list)
    peak_bytes: int | None = None
    facts: dict = field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.rates)


def play(contenders, rounds, seconds, environment):
    """Measures each contender once a round, every other round in the opposite order, so that what
    the machine does besides falls on all alike."""
    workers = {}
    try:
        for contender in contenders:
            workers[contender.name] = team = []
            for command, cores in zip(contender.commands, contender.cores):
                team.append(Worker(command, cores, environment))
            contender.facts = team[0].facts
        for number in range(rounds):
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                team = workers[contender.name]
                for worker in team:
                    worker.ask(seconds)
                answers = [worker.answer() for worker in team]
                contender.rates.append(sum(answer["images_per_second"] for answer in answers))
                contender.peak_bytes = answers[0]["peak_bytes"]
    finally:
        for worker in (worker for team in workers.values() for worker in team):
            worker.close()


def ratio(contender, other):
    """The median over the rounds of how much faster one was in the same round."""
    return statistics.median(a / b for a, b in zip(contender.rates, other.rates))


def spread(contender, other):
    """The smallest and the largest of these."""
    ratios = [a / b for a, b in zip(contender.rates, other.rates)]
    return min(ratios), max(ratios)


def best(contenders):
    return max(contenders, key=lambda contender: contender.median)
