"""Whatever colour an administrator sets, words in it and on it can be read, by day and by night."""

import pytest

from tests.e2e.conftest import People

pytestmark = pytest.mark.slow

AA = 4.5  # WCAG 2.2, 1.4.3: contrast of small text
BRANDS = [
    "#000000", "#ffffff", "#7f7f7f", "#ffff00", "#ff0000", "#00ff00", "#0000ff", "#ff00ff", "#00ffff",
    "#c8102e", "#ff6600",
]  # fmt: skip
WORST = """([brand, theme]) => {
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.style.setProperty("--brand", brand);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("p"));
  const luminance = (name) => {
    probe.style.color = `var(${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const pairs = [["--accent", "--paper"], ["--accent", "--sheet"], ["--accent", "--sunk"],
    ["--accent", "--accent-soft"], ["--on-accent", "--accent"], ["--on-accent", "--accent-hover"],
    ["--ink", "--accent-soft"], ["--ink-3", "--paper"]];
  const [worst] = pairs.map(([one, other]) => [contrast(one, other), one, other]).sort((a, b) => a[0] - b[0]);
  probe.remove();
  return worst;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_brand_colour_reads(people: People, theme: str) -> None:
    page = people("admin").goto("/").page
    worst = {brand: page.evaluate(WORST, [brand, theme]) for brand in BRANDS}
    assert {brand: found for brand, found in worst.items() if found[0] < AA} == {}
