"""A replay keeps at each look what a scrape would have shown."""

import numpy as np
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.replay.scrapes import Scrapes
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("fraud", "7", "champion")
START = 1_800_000_000.0


def test_a_text_stays_from_look_to_look_as_from_scrape_to_scrape(tmp_path):
    """A change stays one series while there is no news: two more points of missing values are not news."""
    reference = build({"age": np.linspace(0, 100, 2000)}, 2000, created=START)
    config = ModelConfig("fraud", "7", drift=DriftConfig(minimum_samples=20))
    monitor = Monitor(KEY, config, (Window("1h", 3600.0),), reference)
    scrapes = Scrapes(tmp_path, "x")
    for look, missing in enumerate((200, 240)):
        ages = np.where(np.arange(1000) < missing, np.nan, np.linspace(0, 100, 1000))
        monitor.add(Batch(1000, KEY, np.full(1000, START + look), features={"age": ages}), START + look)
        scrapes.look(START + look, [monitor.view(START + look)], True)
    texts = [text for _, text, _, _ in scrapes.families["model_feature_drift_info"].read()]
    scrapes.close()
    assert len(texts) == 1
    assert 'moved="missing: 0% to 20%"' in texts[0]
