"""Another answer to lab 12.small: a file that `lab_small_decoder` reads and `dc_lab.records.small` made.

Two convolutions of 5 x 5 with stride 2, of 8 and 16 channels, and ten outputs: 5,960 weights. Trained for 1,200
batches, then for 1,200 more on a grid of levels from -7 to 7 with a learned step for each layer, bits in the loss as in
12.2, images moved by up to a pixel; levels through LZMA.
"""

import base64

FILE = base64.b85decode(
    "wllRaKri4IM+jU100V)+&I%5)F(Um+o7ylhA>)T+)9s9JAQ?#>29zF%<yNPs$cI^nBr`Kd8y52xYgL?g;=<@F{&3)}%YGG9^Ppww(+UBzrDy0<"
    "J{+xNl3Lz`SBh(l{aEHN3Kas^umskc5%=+`#43M}9Hhr84O=^l#~tZ`ZjCD9wYEbFz%R?>d#3zPDCOSOoinZ9opX2x6HA~5uM8q0MG!Qv0wxT{"
    "`HF`o!Ue<s!>@p>f_x=XXulMu+jdsWUyQ!|O$i6$DG{IHxjoO%whE4|rUi<!)&4J$)Cn#QuYblj;&y*3b?)xo=AQjssfGhND%DCU=<ITd2#{1N"
    "Ik#&lB9EsP2Rl!9vh-9aQTZ^X?$VZlHHUfNPTLcqzyY1|xkk*O!Y%mcAjZO$H9zZPH64~~B@I955cAn6UOY_(L8E|TN|6d}ArE{`gx)9D6f>$Y"
    "{g~J^0-^TEi1}@)Jt!c+5bQVRw_{pgiJc8!7;ellno&T`v+M^P2}c8kF#**|MxpYnHyG3SC7`~ZQrDbWE8(2cG}<=#9cG1Q^ltp7rV+x4>a}jD"
    "fVHb?tmt}XYZIwvp9d;G4;q2R?F9te-30~Wc*)yH360Go<5Npg_|Ii@A0N#;2Hft`v`aR-W$KZ+$n|&+K%AyOJr%D|2{QQ(Na6wAF~kG~-RmPJ"
    ")+*2n)h0?HWVfEEw2FyzptAT*{Z<F)(wxDq(TUGyB_rVZG7?~`&piQ?Xgy<;fNYjP|D*``8J{ov2eYy=_R2-`dlM0bbR5`Q_nCoNxf8EVFN%}!"
    "v_xgs?J8woUj75KRRceU15eQ{WtZT41(?^>qt~N7%J`ba)^{IM(?m`(b^9~9<vi3TJOVA}l=|p?=M>Z+!#qTmuQmZ>tTM6PmizWYLrUNW2EH89"
    "e}9<z^EUMamKSO<5!RDJL2W{$|Njnj4<6O|V-FgB?yf9TS?Y|lPIEY$r!iVMnH228hlWAuQgGJ}uaSkk`Cd|iXP7jPHe}-^%CN~QsmFRNIa>LM"
    "g9r-Sk`C=GhDz$2i^dPs8VD{<E+by3E$Igi_O+as&F6{W1-DSCW(oI?`V6yt3`V+rCcphx{~YH<z$%ma*?SX_e6hAL;m@%y(aQRP;Y}hw0K4QD"
    ">nwPZ+oCQow`ErqWlht`&LFP|0{H?Kh2i^(Sjt4et$~+vuojD%3v_%Iuwp3n3({qwVm5<ngI|L63Wt01hHp-S&CYxk0QiU_6J6P$8WULrU4`V="
    "0`ga?c_D=UCknD+N9fcA2>2pP^I8}RYe8{*mH8#|p_E9YI$&0}mWCp%_*l<443ScwEi{CGGf~D$SRTAuuz3(^`M6h;7L#_!IdZR5lo33tOpL7q"
    "^z#~X$*4`cjW_ZLeNpBNze?xi)d$-`Gkz4ZG+-zI{Z_A7U+H&`r;CN9t<nYGF~D?6!O&~B9);2Qh}u6kYi=%qPD)q9`MemD^4G9XeM>|LLAt{`"
    "%7Z!f+UNU`(gbB#Skjp^L0WL><BL_%Ib(?4UE2RC``v?ZQPD3Xf{%l^JR`Br9zRx8Qs`t0RKpirPR&Qd2Ib~QA89b*{jrOC3~oG{dPPA&iJQM`"
    "WHOrYCrJi$pLM>CfMKrdM#h5&ddD;elyct3-?|UI1SrHxTqN^`YNYkHNHT^8ZdISaJIj&RX!eLt+*lF_okZ3Fj0Y)yq<?%BT4f>TmbVaEz8z9E"
    "vUL;g!7fwcskVQ}<`vx3o0QU`l}=VE$}Fv)xxJcI*V76ATf@jC&*(N5Ws*{ly@1V-W1$~KMPp(J(&A9k+5?gA2wI@wlVO?HTm{Et3>BM>ruGKm"
    "&WlF1d-eKyFB)89=)O)ghPtLP;*7A%4BaqL-E)yg;fTyYM<ZL*-Xjl}?Q%%1O*$Q5Fc^i~rho;Y*{J&bVR&~G0<;Ho309nGR#*nAS5IKd8J;y}"
    "a3@cFs9H$Ac3h&spBqgG^ffFg0szMH2S!W_R{QUF%oT$Ni|ce9L9~J_Wv?Y8Uf5wh&SuB)a1w9_@WX@I$&SUfhdRYEdKIiSTWyI|0B%ON?-;U>"
    "F6tor(V9*#yhjULXW3IqaJo#zHrct#Wi<)VUMSe%&Bgm#r(yWpXRkJYn|?i)T&{Ghh!Gh(qZo}|!X<P|39@DwxVP{^Hk;AYsO`$@c%DI1$_^_s"
    "%t9$+bJ&l^MBEy_K&q0kxmN1E`DKvDykWtU8`kMiSFEcyxf2-?V0vsi33mIeNY75#xrIxJ5JFuA)W2s__IpWnO-W(wYSex^n`JCs{b&AH0m>Kz"
    "dMZTE)Al$n+$nKqN>9Iq$GlHNNl^4&xFV~HH_xqS+}wol-g2<Ju%0+!&R}BCG;+laB4{v*js`ef_m>6=%k25#S~hW&!odlEvlA=ow8>YU+e+^3"
    "p%Tq7q-LJJxU8`F$>m%XLtx~?4prPqkNzAvey?*~T8N1_;5^+mPDu+PbQkz{By<?&(rRlM1TmcvOvdM=r6dFDtWK+q7*XRhlVoG@aiRGD=NTw<"
    "Z5$E<*#n4A6B2h0ZBBp$$ypvSoDWuQekCrhqgxjOk4?nFIV5Tcf6U@04FYJj7@8u+X+!J|@_al@Rtpd!X@lK^yhpcOhkxFee!6+j=mk&+y9&}2"
    "v>;Z9K1E4`ogw(yOFlEkT9o^6n{k};+LE00V@DEMHCMjCtt|LGG60^<06U)J%%#)1XQY$NW}mM#$Y}?Lh83u{_kwn_i!%gT@Vf?b_BQXBELBwW"
    ")kj8s&Wq{x2H@C@6xJkX1rDA*X(GDcR}fnnjFJMKy;x+-=As~hWdH"
)
"""The three steps as float16, then the levels plus 8 as bytes, compressed."""


def encode(training):
    return FILE
