"""The figures of a model's card."""

from __future__ import annotations

from textwrap import wrap

from benchmarks.failures.results import results, stem, written
from rescodec.zoo import MODELS

# Of a document's lines.
WIDTH = 100


def card(name: str) -> str:
    """Return what a model's card says in figures: range of photos, worst pictures, tints."""
    evaluation = written(name)
    images = [image for folder in evaluation["folders"] for image in folder["images"]]
    figures, entry = results()[name], MODELS[name]
    by_psnr = sorted(images, key=lambda image: image["psnr_y"])
    bpp = [image["bpp"].get("chunk", image["bpp"].get("none")) for image in images]
    hard = sorted(figures["pictures"].items(), key=lambda item: item[1]["psnr_rgb"])[:3]
    tile = figures["worst"]["photos"]["psnr"][0]
    tint = figures["tints"]["photos"]["restored"]
    stripes = figures["stripes"].values()
    restored, lr = (min(each[of][-1] for each in stripes) for of in ("psnr_rgb", "lr_psnr"))
    return "\n".join(
        "\n".join(wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False))
        for line in (
            f"- **Cost:** {entry.parameters / 1e6:.2f} M parameters, "
            f"{entry.kmac_per_hr_pixel:.1f} kMAC per pixel each way.",
            f"- **Quality and bytes**, from the worst to the best of {len(images)} photos: "
            f"{by_psnr[0]['psnr_y']:.1f} to {by_psnr[-1]['psnr_y']:.1f} dB PSNR-Y, "
            f"{min(bpp):.1f} to {max(bpp):.1f} bpp; means are in the table above.",
            "- **Hardest**, PSNR over RGB: "
            + ", ".join(f"{stem(kind)} {each['psnr_rgb']:.1f} dB" for kind, each in hard)
            + f"; the worst tile of a photo has {tile['psnr_rgb']:.1f} dB. The strongest tint of "
            f"a photo's tile is {tint['most']:.1f} levels. Black and white stripes of one pixel "
            f"come back at {restored:.1f} dB or more, with an LR image of {lr:.1f} dB or more.",
        )
    )
