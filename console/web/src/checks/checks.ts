/** Spot checks as the API answers them. */

import type { CommentAnswer, SpotCheckAnswer, SuggestionAnswer, SuggestionsAnswer } from "@/api/schema";

export type Suggestion = SuggestionAnswer;

export type Suggested = SuggestionsAnswer;

export type SpotCheck = SpotCheckAnswer;

export type StationComment = CommentAnswer;
