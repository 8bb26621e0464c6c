"""The course's own files for the labs of lesson 12, made by `dc_lab.records.linear`.

`FILE` is the answer to beat, a random code that `lab_decoder` reads: of a classifier of edges, numbers of candidates,
two bytes each. `SMALL` is one with smaller cells, which `lab_linear_small_decoder` reads. `LEVELS` is what one thinks
of first: levels trained with bits in the loss, through zlib, which `lab_levels_decoder` reads.
"""

import base64

FILE = base64.b85decode(
    "NqUVKmKznrJ%?rhbQotX5kt<LD>l^?pHn%?MevfBx`mSa;AOp$whO(<C%;iRI|L>d7s<22RarBaml29PD`MZ&FX#~@3Znmvzx733555aTr;7"
)

SMALL = base64.b85decode(
    "^CQUb0oNvGPXo1|%reEy#nJO#<7OE3z)}Ra*4GLnVlmZZfSIU*A^&Wb_?1Evb<JVWq#g)et5}sT(C}9oG3!qmt|Mc%IjGe5j(~F$a%K1U$6Up{"
    "%}@IlsSGuGZ_OtHNWk*Pmnj+qLNw}yo-`FHv8}_znUtEJyvg2xGpwZgsL2B^j^{te09qX@sP4g;g6@>Iix(2wZ`Q4waos+qZ|t_Sc7Ys?A@jnA"
    "m|x45{l;UYSF*PE;h^=^D1@HVjHtwj+4^F9qKA02g=Z@9_S~D2DeK#5Dtnj6K~b4*Hc|2>p3Xb-X|Y(y{d+N$99E3$ruyMP0s9B_5iNcXTa2#j"
    "^Q1yRo4g_Meh_>XoG2t4RX_TaHVIlwji6zC*0Ja$>fpO7JUw$yKPYT_!GDk&I$4Kn&=^w1ic;oHSmYpfW@Fq8&49bKKoi=k#-7nDj`{N`!k~2F"
    "j3rs1K#9mPiR{N5o^kct_pzcD=~i<;!L(@~tkXSN$$7_mP1*0{pNWApk~=Z-SjI=Y(P}@r2`G0*`UWUs5LyIK$nvBaEE};HOY?Xlo#pnX1~r5("
    "3bz+RT|q=Yt#Jskgf4qE%th<nQYbWkuiO^S3sM)nVf(mNE|ZWGZ!Ez8{3mWNVCU1ls(2qZk~ptO=FtiBP!yKu|Mx-Jk1bx9<Dolul<DlaiyI~0"
    "<<G8@{rV)AUqq`kasU"
)

LEVELS = base64.b85decode(
    "ot4=ZgD?n0CH?<j<~ExwF`ioUq8Nk;Gmzu>cS*J+e4yKN1J%>He#}-gEPy}`xLEu`#D52<=|aZwY9BaC*wt#er%G`@Xut^wxUCmCJ-^Gkb7<?4"
    "Hz*ETwP(Z_a;P!`^|&%teU`Cze%!Ik@otT9p5D<cC#tw{X)$om$}I(?oo^x=PU1=nib_(=M|&Wedux>2%cN;n&Ak^^QhM)}`cgur2|^(&hO3<4"
    "ueIAsPtf|cMlB!Xte4n+p|Nvv==n)VB_nl$9_szpXC*EuG$Wuf6HMhMeu5UGb0n6kS<-H1<24ZxbsQHxx8afX@U#|*4HHDjb>a}VmLX)8+;qiz"
    "wyY_wCuK_PDnX|7h|`~~RJU^_(6DpXCsdeXV7Y$M=n|hf{khaF{)aaS>8fbC2sh95ZrGjq3j"
)


def encode(training):
    return FILE


def encode_small(training):
    return SMALL


def encode_levels(training):
    return LEVELS
