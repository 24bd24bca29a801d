"""The container of a served model is killed again and again, as by a kernel that is out of memory."""

import os
import signal
import threading
import time
from contextlib import ExitStack, suppress

import psutil

from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.fault import Fault
from estate.rehearsal.observer import Observed, observe
from estate.rehearsal.stage import Evidence
from estate.rehearsal.victims import of_serving

EVERY_S = 0.25
GOOD_IN_A_ROW = 20
PATIENCE_S = 12.0
COPIED = ("ProductionVariants", "DataCaptureConfig", "KmsKeyId", "ExecutionRoleArn", "VpcConfig")


class CrashingContainer(Fault):
    name = "crashing-container"
    shows = "a model's container dies again and again: its errors alarm goes off, and new instances take its place"

    def __init__(self) -> None:
        self._model = ""
        self._configuration = ""
        self._kills = 0
        self._stop = threading.Event()
        self._open = ExitStack()
        self._observed: Observed | None = None

    def inject(self, rehearsal: Rehearsal) -> None:
        self._model = of_serving(rehearsal)
        self._configuration = self._endpoint(rehearsal)[1]
        self._observed = self._open.enter_context(observe(rehearsal, self._model))
        killer = threading.Thread(target=self._kill, args=(rehearsal,), name="fault-killer", daemon=True)
        self._open.callback(killer.join)
        self._open.callback(self._stop.set)
        killer.start()

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        rehearsal.cloud.flush()
        alarm = rehearsal.estate.environment.placement.named("errors", self._model)
        found = rehearsal.cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        if not found or found[0]["StateValue"] != "ALARM":
            return None
        return {"at": found[0]["StateUpdatedTimestamp"].timestamp(), "alarm": alarm, "kills": self._kills}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The endpoint; its release, too: what a version does and what is done to it look alike from outside."""
        return [f"{self._model}-endpoint-endpoint", f"release:{self._model}"]

    def respond(self, rehearsal: Rehearsal) -> str | None:
        """New instances of the same version, where self-healing does not get them within PATIENCE_S seconds."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self._endpoint(rehearsal)[1] != self._configuration:
                return None
            time.sleep(POLL_S)
        sagemaker, copy = rehearsal.cloud.client("sagemaker"), f"{self._configuration[:50]}-again"
        found = sagemaker.describe_endpoint_config(EndpointConfigName=self._configuration)
        sagemaker.create_endpoint_config(EndpointConfigName=copy, **{key: found[key] for key in COPIED if key in found})
        self._update(rehearsal, copy)
        return f"the endpoint got new instances of the same version, {copy}"

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        assert self._observed is not None
        status, configuration = self._endpoint(rehearsal)
        last = sorted(self._observed.answers, key=lambda answer: answer.sent)[-GOOD_IN_A_ROW:]
        if status != "InService" or configuration == self._configuration or any(a.value is None for a in last):
            return None
        failed = [answer for answer in self._observed.answers if answer.value is None]
        return {
            "kills": self._kills,
            "configurations": [self._configuration, configuration],
            "requests": len(self._observed.answers),
            "failed": len(failed),
            "failed_of_the_last": f"0 of {GOOD_IN_A_ROW}",
        }

    def undo(self, rehearsal: Rehearsal) -> None:
        """The endpoint gets back the configuration that the program knows."""
        self._stop.set()
        self._open.close()
        if not self._configuration:
            return
        copy = self._in_service(rehearsal)
        if copy != self._configuration:
            self._update(rehearsal, self._configuration)
            self._in_service(rehearsal)
            rehearsal.cloud.client("sagemaker").delete_endpoint_config(EndpointConfigName=copy)

    def _update(self, rehearsal: Rehearsal, configuration: str) -> None:
        rehearsal.cloud.client("sagemaker").update_endpoint(
            EndpointName=rehearsal.outputs(self._model).endpoint, EndpointConfigName=configuration
        )

    def _in_service(self, rehearsal: Rehearsal) -> str:
        """Waits for the end of an update; the name of the configuration that is served then."""
        deadline = time.monotonic() + self.recover_within_s
        while (found := self._endpoint(rehearsal))[0] == "Updating" and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return found[1]

    def _endpoint(self, rehearsal: Rehearsal) -> tuple[str, str]:
        name = rehearsal.outputs(self._model).endpoint
        found = rehearsal.cloud.client("sagemaker").describe_endpoint(EndpointName=name)
        return found["EndpointStatus"], found["EndpointConfigName"]

    def _kill(self, rehearsal: Rehearsal) -> None:
        """Until the endpoint gets other instances."""
        endpoint = rehearsal.outputs(self._model).endpoint
        while not self._stop.wait(EVERY_S):
            if self._endpoint(rehearsal) != ("InService", self._configuration):
                return
            for process in hosts_of(endpoint):
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
                    self._kills += 1


def hosts_of(endpoint: str) -> list[psutil.Process]:
    """The serving processes of an endpoint, of those that this process started."""
    found = []
    for process in psutil.Process(os.getpid()).children(recursive=True):
        with suppress(psutil.Error):
            room = process.environ().get("ESTATE_ML_ROOT", "")
            if "pipelines.serving" in process.cmdline() and f"/host-{endpoint}"[:46] in room:
                found.append(process)
    return found
