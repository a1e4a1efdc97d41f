# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Names of months and days, and the small words around dates, in many languages: data only."""

from __future__ import annotations

# month -> its names, as they stand in dates (also abbreviated, without the full stop)
MONTHS: dict[int, str] = {
    1: "january jan januar jänner jän janv janvier ene enero gen gennaio gener janeiro januari jan "
    "januára január ledna leden led ianuarie ian siječnja siječanj sij januarja januara jaanuar "
    "jaan janvāris janvārī janv sausio sausis saus sty stycznia styczeń tammikuuta tammikuu tammi "
    "tammik janúar ocak oca januarie января январь янв січня січень січ януари яну јануар јан "
    "студзеня ιανουαρίου ιανουάριος ιαν يناير كانون\u00a0الثاني ינואר ינו ม.ค. มกราคม urtarrila",
    2: "february feb februar feber févr février fév febrero febbraio febrer fevereiro fev februari "
    "februára február febr února únor úno februarie veljače veljača velj februarja februara "
    "veebruar veebr februāris februārī vasario vasaris vas lutego luty lut helmikuuta helmikuu "
    "helmi helmik febrúar şubat şub feabhra февраля февраль февр фев лютого лютий лют февруари "
    "фебруар феб лютага φεβρουαρίου φεβρουάριος φεβ فبراير شباط פברואר פבר ก.พ. กุมภาพันธ์",
    3: "march mar märz mär mrz mars marzo març marzec marca marec maart mrt março märts martie "
    "března březen bře ožujka ožujak ožu márciusa március márc marts mart martā kovo kovas kov "
    "maaliskuuta maaliskuu maalis maalisk марта март мар березня березень бер марця сакавіка "
    "μαρτίου μάρτιος μαρ مارس آذار מרץ ม.ค มี.ค. มีนาคม maret mac martxoa märt marta",
    4: "april apr avr avril abr abril aprile aprila apríla apríl dubna duben dub aprilie travnja "
    "travanj tra aprillikuu aprill aprīlis aprīlī balandžio balandis bal kwietnia kwiecień kwi "
    "huhtikuuta huhtikuu huhti huhtik nisan nis апреля апрель апр квітня квітень кві април "
    "красавіка απριλίου απρίλιος απρ أبريل ابريل نيسان אפריל אפר เม.ย. เมษายน április ápr",
    5: "may mai mayo maggio mag maig maio mei maj maja máj mája května květen kvě svibnja svibanj "
    "svi majs maijs maijā gegužės gegužė geg toukokuuta toukokuu touko toukok maí mayıs мая май "
    "травня травень тра мај траўня μαΐου μάιος μαΐ μαι مايو أيار מאי พ.ค. พฤษภาคม május "
    "máj mais maii",
    6: "june jun juni juin junio giugno giu juny junho junij junija júna jún června červen čvn "
    "iunie iun lipnja lipanj juuni jūnijs jūnijā jūn birželio birželis birž czerwca czerwiec cze "
    "kesäkuuta kesäkuu kesä kesäk júní haziran haz июня июнь июн червня червень чер юни јун "
    "чэрвеня ιουνίου ιούνιος ιουν يونيو حزيران יוני יונ มิ.ย. มิถุนายน június jún juna",
    7: "july jul juli juil juillet julio luglio lug juliol julho julij julija júla júl července "
    "červenec čvc iulie iul srpnja srpanj juuli jūlijs jūlijā jūl liepos liepa liep lipca lipiec "
    "heinäkuuta heinäkuu heinä heinäk temmuz tem июля июль июл липня липень лип юли јул ліпеня "
    "ιουλίου ιούλιος ιουλ يوليو تموز יולי יול ก.ค. กรกฎาคม július jula",
    8: "august aug août agosto ago agost augustus augusta augusti elokuuta elokuu elo elok srpna "
    "srpen kolovoza kolovoz kol avgust avgusta avg augusts augustā rugpjūčio rugpjūtis rugp "
    "sierpnia sierpień sie ágúst ağustos ağu августа август авг серпня серпень сер август жніўня "
    "αυγούστου αύγουστος αυγ أغسطس اغسطس آب אוגוסט אוג ส.ค. สิงหาคม augusztus agustus agu ogos "
    "ágú augusztusa agt",
    9: "september sep sept septembre septiembre settembre set setembro setembre září zář rujna "
    "rujan ruj septembrie septembra septembris septembrī rugsėjo rugsėjis rugs września wrzesień "
    "wrz syyskuuta syyskuu syys syysk eylül eyl сентября сентябрь сент сен вересня вересень вер "
    "септември септ сеп септембар верасня σεπτεμβρίου σεπτέμβριος σεπ سبتمبر أيلول ספטמבר ספט "
    "ก.ย. กันยายน szeptember szept september септ",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out octombrie oktobra "
    "október října říjen říj oktoober oktobris oktobrī spalio spalis spal "
    "października październik paź lokakuuta lokakuu loka lokak ekim eki октября октябрь окт жовтня "
    "жовтень жов октомври октобар кастрычніка οκτωβρίου οκτώβριος οκτ أكتوبر اكتوبر אוקטובר אוק "
    "ต.ค. ตุลาคม októbra októbere octubre",
    11: "november nov novembre noviembre novembro novembra noiembrie noi listopadu studenoga "
    "studenog studeni stu novembris novembrī lapkričio lapkritis lapkr lapkrič marraskuuta "
    "marraskuu marras marrask nóvember kasım kas ноября ноябрь нояб ноя листопада листопад лис "
    "ноември ное нов новембар лист листоп лістапада νοεμβρίου νοέμβριος νοε νοέ نوفمبر "
    "نובמבר נוב נובמבר พ.ย. "
    "พฤศจิกายน novembrie nóv",
    12: "december dec dezember dez déc décembre diciembre dic dicembre desembre des dezembro "
    "decembra prosince prosinec pro prosinca prosinac decembrie detsember dets decembris decembrī "
    "gruodžio gruodis gruod grudnia grudzień gru joulukuuta joulukuu joulu jouluk desember aralık "
    "ara декабря декабрь дек грудня грудень гру декември децембар дец снежня δεκεμβρίου δεκέμβριος "
    "δεκ ديسمبر كانون דצמבר דצמ ธ.ค. ธันวาคม desember disember",
}
# The words that are one month in Croatian and another in Polish, Czech or Slovak.
CROATIAN_MONTHS = {"listopada": 10, "listopad": 10, "lis": 10, "srp": 7, "lip": 6}
OTHER_MONTHS = {"listopada": 11, "listopad": 11, "lis": 11, "srp": 8, "lip": 7}

DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri "
    "sat sun montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr "
    "sa so lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim lunes "
    "martes miércoles miercoles jueves viernes sábado domingo mié mie jue vie sáb sab dom lunedì "
    "martedì mercoledì giovedì venerdì sabato domenica gio segunda segunda-feira terça terça-feira "
    "quarta quarta-feira quinta quinta-feira sexta sexta-feira seg ter qua qui sex dilluns dimarts "
    "dimecres dijous divendres dissabte diumenge dl dt dc dj dv ds dg maandag dinsdag woensdag "
    "donderdag vrijdag zaterdag zondag ma wo vr za zo fre lør måndag tisdag onsdag torsdag "
    "fredag lördag "
    "söndag mån tis tors tor lör sön mandag tirsdag lørdag søndag man tir tirs ons lør søn "
    "mánudagur þriðjudagur miðvikudagur fimmtudagur föstudagur laugardagur sunnudagur mán þri mið "
    "fim fös lau maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina "
    "ti ke to pe la su poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt "
    "sob ndz niedz pn pondělí úterý středa čtvrtek pátek neděle po út st čt pá ne pondelok utorok "
    "streda štvrtok piatok nedeľa ut št pi hétfő kedd szerda csütörtök péntek szombat vasárnap h k "
    "sze cs p szo v luni marți miercuri joi vineri sâmbătă duminică mar mie joi vin sâm dum "
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar pzt sal çar per cum cmt paz понедельник "
    "вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс понеділок вівторок "
    "середа четвер п'ятниця субота неділя нд понеделник сряда четвъртък петък събота неделя пон "
    "ponedjeljak utorak srijeda četvrtak petak subota nedjelja uto sri čet pet sub ned ponedeljek "
    "torek sreda četrtek petek nedelja tor esmaspäev teisipäev kolmapäev neljapäev reede laupäev "
    "pühapäev e t k n r l pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena svētdiena "
    "pirmd otrd trešd ceturtd piektd sestd svētd pirmadienis antradienis trečiadienis "
    "ketvirtadienis penktadienis šeštadienis sekmadienis pr an tr kt pn št sk δευτέρα τρίτη "
    "τετάρτη πέμπτη παρασκευή σάββατο κυριακή δευ τρί τετ πέμ παρ σάβ κυρ σαβ senin selasa rabu "
    "kamis jumat sabtu minggu sen sel rab kam jum sab min isnin khamis jumaat ahad thứ hai ba tư "
    "năm sáu bảy chủ nhật th cn อา จ อ พ พฤ ศ ส จันทร์ อังคาร พุธ พฤหัสบดี ศุกร์ เสาร์ อาทิตย์ วัน "
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد אי ראשון שני שלישי רביעי חמישי "
    "שישי שבת יום א ב ג ד ה ו ש уто сри чет пет суб нед пнд втр срд птн вск"
)
# Words that stand between the parts of a date, or between it and the name, in an attribution.
BETWEEN = (
    "on at the of by from via and in um uhr am von den der vom kl klo kell le à a las los el de "
    "del dia día al il giorno alle alla ore del em às as op om den på þann klukkan ke kl. dnia o w "
    "dniu użytkownik v dne ve dňa u ob je oseba odesílatel odosielateľ používateľ la în pe "
    "tarihinde "
    "saat günü şunu ezt időpont keltezéssel user utilisateur usuario utente gebruiker пользователь "
    "користувач потребител lietotājs naudotojas в на г р о року року. года об у στις ο χρήστης η "
    "plkst gada g m d val no pukul pada kuupäeval kontakt vào lúc ngày เมื่อ เวลา ที่ ในวันที่ في من "
    "بواسطة تاريخ ב מאת בתאריך ־ ה missatge mensaje message nachricht an gmt utc cet cest est edt "
    "cst cdt mst mdt pst pdt msk bst mez mesz eet eest jst kst ist am pm a.m p.m a. p. m. ص م "
    "π.μ μ.μ π.μ. μ.μ. rekl rekla le la lun tháng thg năm month year เขียน sa ch da id in data "
    "date datum dato data às les ens het je heeft hat folgendes geschrieben följande följ "
    "følgende ha "
    "scritto kirjoitti e-mail mail email e-post it's has te kl.: : th นาฬิกา น น."
)
# The words of the two halves of the day; "before" stand before the time as well.
HALVES_BEFORE: dict[str, str] = {
    "am": "午前 上午 凌晨 早上 清晨 오전 öö",
    "pm": "午後 下午 晚上 傍晚 中午 오후 ös",
}
HALVES_AFTER: dict[str, str] = {
    "am": "am a.m. a.m πμ π.μ. π.μ sa öö dop. dop dopoledne paradite ص",
    "pm": "pm p.m. p.m μμ μ.μ. μ.μ ch ös odp. odp odpoledne pasdite م",
}
# Names of time zones -> minutes from UTC; those that mean one zone only.
ZONES: dict[str, int] = {
    "gmt": 0,
    "utc": 0,
    "z": 0,
    "wet": 0,
    "west": 60,
    "bst": 60,
    "cet": 60,
    "mez": 60,
    "cest": 120,
    "mesz": 120,
    "eet": 120,
    "eest": 180,
    "msk": 180,
    "мск": 180,
    "trt": 180,
    "jst": 540,
    "kst": 540,
    "est": -300,
    "edt": -240,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "brt": -180,
    "aest": 600,
    "aedt": 660,
    "nzst": 720,
    "nzdt": 780,
}
