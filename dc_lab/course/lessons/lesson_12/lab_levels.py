"""Another answer to lab 12: a file that `lab_levels_decoder` reads and `dc_lab.records.linear` made.

The levels of lesson 12's classifier, trained with bits in the loss, through zlib.
"""

import base64

FILE = base64.b85decode(
    "ot4=ZgD?n0CH?<j<~ExwF`ioUq8Nk;Gmzu>cS*J+e4yKN1J%>He#}-gEPy}`xLEu`#D52<=|aZwY9BaC*wt#er%G`@Xut^wxUCmCJ-^Gkb7<?4"
    "Hz*ETwP(Z_a;P!`^|&%teU`Cze%!Ik@otT9p5D<cC#tw{X)$om$}I(?oo^x=PU1=nib_(=M|&Wedux>2%cN;n&Ak^^QhM)}`cgur2|^(&hO3<4"
    "ueIAsPtf|cMlB!Xte4n+p|Nvv==n)VB_nl$9_szpXC*EuG$Wuf6HMhMeu5UGb0n6kS<-H1<24ZxbsQHxx8afX@U#|*4HHDjb>a}VmLX)8+;qiz"
    "wyY_wCuK_PDnX|7h|`~~RJU^_(6DpXCsdeXV7Y$M=n|hf{khaF{)aaS>8fbC2sh95ZrGjq3j"
)


def encode(training):
    return FILE
