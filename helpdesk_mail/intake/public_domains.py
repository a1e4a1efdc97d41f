# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Domains of public mail providers: everybody may have an address there, so they are nobody's."""

# providers with addresses under the domains of many countries: yahoo.fr, hotmail.co.uk
_EVERYWHERE = frozenset("gmail googlemail hotmail live msn outlook windowslive yahoo ymail".split())
_PUBLIC = frozenset(
    """
    10minutemail.com 126.com 139.com 163.com 163.net 188.com 189.cn 1und1.de
    abv.bg alice.it aliyun.com aol.com aol.de aol.fr aol.it aon.at arcor.de arnet.com.ar att.net
    bbox.fr bellsouth.net bigpond.com bigpond.net.au bk.ru bluewin.ch bol.com.br btinternet.com
    btopenworld.com
    caramail.com centrum.cz centrum.sk charter.net club-internet.fr cock.li comcast.net
    cox.net cegetel.net chello.at chello.nl chello.pl citromail.hu
    daum.net disroot.org dodo.com.au duck.com
    earthlink.net eircom.net email.com email.cz email.de email.it embarqmail.com
    fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com frontiernet.net
    gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net gmx.us go2.pl googlemail.com guerrillamail.com
    hanmail.net hey.com home.nl hotmail.com hushmail.com hispeed.ch hetnet.nl
    i.ua icloud.com ig.com.br inbox.com inbox.lt inbox.lv inbox.ru inode.at internode.on.net
    interia.eu interia.pl
    juno.com kabelmail.de keemail.me kolabnow.com kpnmail.nl kakao.com
    laposte.net libero.it list.ru live.com lycos.com
    mac.com mail.bg mail.com mail.de mail.dk mail.ee mail.ru mailbox.org mailfence.com
    mailinator.com me.com microsoft365.com mindspring.com msn.com mweb.co.za my.com mykolab.com
    nate.com naver.com netcologne.de netcourrier.com netscape.net netzero.net neuf.fr ntlworld.com
    numericable.fr
    o2.pl o2online.de online.de online.no onet.eu onet.pl op.pl optonline.net optusnet.com.au
    orange.fr orange.es outlook.com
    pacbell.net planet.nl pm.me pobox.com poczta.fm poczta.onet.pl posteo.de posteo.net posteo.org
    proton.me protonmail.ch protonmail.com prodigy.net.mx
    qq.com quicknet.nl
    rambler.ru rediff.com rediffmail.com riseup.net roadrunner.com rocketmail.com rogers.com
    runbox.com r7.com
    sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com skynet.be snafu.de
    sohu.com spray.se startmail.com sunrise.ch sympatico.ca
    talktalk.net tele2.nl telefonica.net telenet.be teletu.it telus.net terra.com.br terra.es
    tin.it tiscali.co.uk tiscali.it t-online.de tlen.pl tuta.com tuta.io tutamail.com tutanota.com
    tutanota.de tvcablenet.be
    ukr.net uol.com.br unitybox.de upcmail.nl
    verizon.net versanet.de videotron.ca vip.163.com vip.qq.com virgilio.it virgin.net
    virginmedia.com vodafone.de vodafone.it vodamail.co.za volny.cz voila.fr
    walla.co.il walla.com wanadoo.es wanadoo.fr web.de westnet.com.au windstream.net wp.pl
    xs4all.nl xtra.co.nz
    ya.ru yandex.by yandex.com yandex.kz yandex.ru yandex.ua yeah.net yopmail.com
    zeelandnet.nl ziggo.nl ziggomail.com zoho.com zohomail.com zohomail.eu zonnet.nl zoznam.sk
    """.split()
)


def is_public(domain):
    """Whether everybody may have an address under *domain* (lower case, ASCII form)."""
    labels = domain.split(".")
    if domain in _PUBLIC:
        return True
    # yahoo.de, yahoo.co.uk; not yahoo.firm.example
    return labels[0] in _EVERYWHERE and 2 <= len(labels) <= 3 and len(labels[-1]) <= 3
