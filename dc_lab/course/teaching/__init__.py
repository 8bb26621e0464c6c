"""For who teaches: an exam with its key, slides of the lessons' figures, and where people get stuck.

questions   what an exam's question is, and the list of all
bank/       the questions themselves, by lessons
exam        chooses questions, draws their numbers and writes both sheets
slides      a deck of a lesson's figures, as one page that needs no network
captions    what figures are called, and questions for those before which the lesson asks none
mistakes    where people get stuck: all known mistakes, and the table in notebooks/TEACHING.md
claim       a claim that depends on training, and how its numbers are found
claim_list  all of them
claims      the table of them, notebooks/CLAIMS.md
"""
