"""The measurements are the features."""

from pipelines.features import columns_as_they_are
from pipelines.workloads.tumor_screening.data import MEASUREMENTS

SQL = columns_as_they_are(MEASUREMENTS, key="sample_id")
