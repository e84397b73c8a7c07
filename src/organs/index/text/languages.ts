import { wordsOf } from './words.ts';

/**
 * The languages whose words are stemmed, by the words that no text of theirs does without. The lists serve twice: the
 * language of a text is the one whose list it uses most, and words of the list say nothing about what a text is about.
 */
const FUNCTION_WORDS = {
  english:
    'a about above after again against all also although am among an and any are as at be because been before being below between both but by can could did do does doing down during each either for from further had has have having he her here hers him his how however i if in into is it its itself just may me might more most must my no nor not of off on once only or other our out over own same shall she should so some such than that the their them then there therefore these they this those through thus to too under until up upon us very was we were what when where whether which while who whom whose why will with within without would you your',
  german:
    'aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass dein dem den denn der des dich die dies diese dieser dieses dir doch dort du durch ein eine einem einen einer eines er es euer für hat hatte hier hinter ich ihm ihn ihr ihre im in ist ja jede jeder jedes jener kann kein keine können man mein mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so über um und uns unser unter vom von vor war waren was weg weil wenn werden wer wie wieder will wir wird wo zu zum zur zwischen',
  french:
    'à afin ai ainsi alors après au aucun aussi autre aux avec avoir car ce cela ces cet cette ceux chaque comme comment dans de des donc dont du elle elles en entre est et été être eu fait il ils je l la le les leur leurs lui mais me même mes moi mon ne nos notre nous on ont ou où par pas pendant peut plus pour qu quand que quel quelle qui sa sans se ses si son sont sous sur ta te tes toi ton tous tout toute très tu un une vos votre vous y était d n s j m t c',
  spanish:
    'a al algo algunos ante antes aunque cada como con contra cual cuando de del desde donde durante e el él ella ellas ellos en entre era es esa ese eso esta está estaba este esto estos fue ha había hasta hay la las le les lo los más me mi mientras mis muy nada ni no nos nosotros o os otra otro para pero poco por porque que qué quien se sea según ser si sí sin sobre son su sus también tan tanto te tiene todo todos tu un una uno unos y ya yo',
  portuguese:
    'a ao aos as até com como da das de dela dele deles depois do dos e é ela elas ele eles em entre era essa esse esta está este eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito na nas não nem no nos nossa nosso num numa o os ou para pela pelas pelo pelos por qual quando que quem são se sem ser seu seus só sua suas também te tem teu um uma você',
  italian:
    'a ad agli ai al alla alle allo anche avere c che chi ci coi col come con contro cui da dal dalla dalle dei del della delle dello di dove e è ed era essere fra gli ha hanno ho i il in io l la le lei lo loro lui ma mi mia mio ne negli nei nel nella nelle noi non nostro o ogni per perché più può quale quando quella quello questa questo se sei si sia sono sta su sua sue sul sulla suo suoi ti tra tu tuo tutti tutto un una uno vi voi',
  dutch:
    'aan al alles als altijd ben bij daar dan dat de deze die dit doch doen door dus een en er ge geen had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op over reeds te tegen toch toen tot u uit van veel voor want waren was wat werd wezen wie wil worden wordt zal ze zelf zich zij zijn zo zonder zou',
  swedish:
    'alla allt att av blev bli blir då de dem den denna deras dess det detta dig din du efter ej eller en er ett för från ha hade han hans har hon hur i icke inte jag kan man med mellan men mig min mot mycket ni nu när någon något några och om på samma sedan sig sin själv skulle som så till under upp ut utan vad var vara vart vi vid är åt över',
  danish:
    'af alle alt anden at blev blive bliver da de dem den denne der deres det dette dig din disse du efter eller en end er et for fra få ham han hans har havde her hos hun hvad hvis hvor i ikke ind jeg jer kan kunne man mange med meget men mig min mod når ned noget nogle nu og også om op os på selv sig sin skal skulle som sådan til ud under var vi vil ville vor være været',
  norwegian:
    'alle at av bare ble bli blir både da de deg dem den denne der deres det dette du eller en er et etter for fordi fra før ha hadde han har hun hva hvem hver hvis hvor i ikke inn jeg kan kunne man med meg mellom men min mot mye nå når noe noen og også om opp oss over på seg selv sin skal skulle som så til ut uten vi vil ville vår være vært',
  finnish:
    'ei eivät että emme en et hän hänen he heidän ja jo joka jonka jos jotka kanssa kuin kun kuten me mikä minä minun missä mitä mukaan mutta myös ne niiden niin niitä nyt olemme olen oli olivat olla on ovat se sekä sen siinä sitä tai tämä tämän te tuo vaan vain vielä voi',
  russian:
    'а без более был была были было быть в вам вас весь во вот все всё вы где да даже для до его ее её если есть еще ещё же за и из или им их к как когда которые который ли меня мне много может мы на над нас не него нет ни но о об он она они оно от по под при с со так также такой там то того тоже только том ты у уже что чтобы эта эти это этот я',
} as const;

export type Latinised = keyof typeof FUNCTION_WORDS;
/** A language that texts are read in. Those beyond the lists are told by their script alone. */
export type Language = Latinised | 'arabic' | 'armenian' | 'tamil' | 'none';

const SCRIPTS: readonly (readonly [Language, RegExp])[] = [
  ['arabic', /\p{Script=Arabic}/u],
  ['armenian', /\p{Script=Armenian}/u],
  ['tamil', /\p{Script=Tamil}/u],
];
const LISTED = Object.keys(FUNCTION_WORDS) as Latinised[];
const LISTS: ReadonlyMap<Latinised, ReadonlySet<string>> = new Map(
  LISTED.map((language) => [language, new Set(FUNCTION_WORDS[language].split(' '))]),
);
/** Where so few words tell, another language may have won by chance. */
const TELLING_WORDS_MIN = 2;
const SAMPLE_WORDS = 400;
/** Of the words of any prose, function words are far more; of code and data far less. */
const TELLING_SHARE = 0.06;

/** Every language a stemmer is loaded for, in the order in which ties are decided. */
export const LANGUAGES: readonly Language[] = [...LISTED, ...SCRIPTS.map(([language]) => language)];

export function isLanguage(name: string): name is Language {
  return name === 'none' || LANGUAGES.includes(name as Language);
}

/** Says nothing of what a text is about. */
export function isFunctionWord(word: string, language: Language): boolean {
  return LISTS.get(language as Latinised)?.has(word) ?? false;
}

/**
 * The language of a text, by its first words; `english` where nothing tells, as most names of files and programs are.
 *
 * @example languageOf('Der Vertrag über das Boot') // 'german'
 */
export function languageOf(text: string): Language {
  return clearLanguageOf(text) ?? 'english';
}

/** The same, undefined where nothing tells. */
export function clearLanguageOf(text: string): Language | undefined {
  const sample = text.slice(0, SAMPLE_WORDS * 8);
  const words = wordsOf(sample)
    .slice(0, SAMPLE_WORDS)
    .map((word) => word.text);
  const script = scriptOf(words);
  if (script !== undefined) return script;
  let best: Latinised | undefined;
  let most = Math.max(TELLING_WORDS_MIN, TELLING_SHARE * words.length) - 1;
  for (const [language, list] of LISTS) {
    const count = words.filter((word) => list.has(word)).length;
    if (count > most) [best, most] = [language, count];
  }
  return best;
}

function scriptOf(words: readonly string[]): Language | undefined {
  return SCRIPTS.find(([, script]) => 2 * words.filter((word) => script.test(word)).length > words.length)?.[0];
}
