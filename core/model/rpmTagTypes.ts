import { TYPE } from './rpmTags.ts';

/**
 * Data types of the tags of a main header, as librpm 4.18 tells them (rpmTagGetTagType), with those that format 6 added; `1000-1002` is a run.
 * Texts stand together: rpm takes one kind of text for another.
 */
const TAGS_OF_TYPE: readonly (readonly [type: number, tags: string])[] = [
  [TYPE.char, '1029'],
  [TYPE.int16, '1030 1033'],
  [
    TYPE.int32,
    `257 277 1003 1006 1008-1009 1028 1034 1037 1045-1046 1048 1051-1053 1068-1069 1080 1095-1096 1106 1112 1114 1116 1119 1127-1129
     1134 1140-1141 1143-1145 1158 1161 1195 5011 5017-5027 5032-5033 5037 5045 5048 5051 5054 5057 5068 5070 5072 5078 5080 5082
     5084-5085 5091 5093 5114`,
  ],
  [TYPE.int64, '270-271 5008-5009 5112-5113'],
  [TYPE.binary, '259 261-262 267-268 1012-1013 1043 1146'],
  [
    TYPE.string,
    `100 266 269 273 276 1000-1002 1004-1005 1007 1010-1011 1014-1016 1018-1027 1035-1036 1039-1040 1044 1047 1049-1050 1054-1055
     1059-1062 1064-1067 1079 1081-1082 1085-1092 1094 1097-1099 1113 1115 1117-1118 1120-1126 1132-1133 1135 1142 1147-1157
     1159-1160 1196 5000-5002 5005-5007 5010 5012-5016 5030-5031 5034-5036 5040-5044 5046-5047 5049-5050 5052-5053 5055-5056
     5058-5062 5066-5067 5069 5071 5076-5077 5079 5081 5086-5090 5092 5096-5101 5121-5124`,
  ],
];

const typeOfTag = new Map<number, number>();
for (const [type, tags] of TAGS_OF_TYPE) {
  for (const run of tags.split(/\s+/)) {
    const [first = 0, last = first] = run.split('-').map(Number);
    for (let tag = first; tag <= last; tag += 1) typeOfTag.set(tag, type);
  }
}

/** Whether a type is a text or a list of texts. */
export const isTextType = (type: number): boolean =>
  type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString;

/**
 * Whether a tag of a main header may have data of a type, by rpm's rule (hdrchkTagType in lib/header.c): a known tag has its own type, an
 * unknown one may have any.
 */
export function takesType(tag: number, type: number): boolean {
  const known = typeOfTag.get(tag);
  return known === undefined || known === type || (isTextType(known) && isTextType(type));
}
