"""The map of the course."""

from pathlib import Path

from dc_lab.course.exercises import find_lesson
from dc_lab.support.tables import text_table

LESSONS = {
    "00": "Start here",
    "01": "Where the bytes are",
    "02": "Pruning",
    "03": "Storing what is left",
    "04": "Weight sharing",
    "05": "Quantized tensors",
    "06": "Static and dynamic quantization",
    "07": "Huffman coding",
    "08": "Deep Compression, end to end",
    "09": "Speed and energy",
    "10": "ImageNet scale: AlexNet and VGG-16",
    "11": "Beat the paper",
    "12": "Below the entropy",
}


def course_map(folder: Path) -> str:
    """A line a lesson: its exercises and their minutes, or "to come" where `folder` has no notebook of it yet."""
    rows: list[tuple[object, ...]] = []
    for number, title in LESSONS.items():
        if any(folder.glob(f"{number}_*.ipynb")):
            exercises = find_lesson(number).exercises
            rows.append((f"{number} {title}", len(exercises), sum(exercise.minutes for exercise in exercises)))
        else:
            rows.append((f"{number} {title}", "to come", ""))
    return text_table(("lesson", "exercises", "minutes for them"), rows)
