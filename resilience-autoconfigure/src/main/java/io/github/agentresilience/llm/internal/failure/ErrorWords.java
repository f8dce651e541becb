package io.github.agentresilience.llm.internal.failure;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The words by which providers, their gateways and inference servers say what an error is
 * about. Public bug reports are where they come from; most are in the tests with their
 * source.
 *
 * <p>
 * What could be the target's is looked for first: to ask another target in vain costs one
 * request, to throw what another would have answered costs the call.
 */
final class ErrorWords {

	private static final int RATE_LIMITED = 429;

	private static final Words CONTENT_FILTER = new Words(
			List.of("content_filter", "content_policy", "contentpolicyviolation", "responsibleaipolicyviolation",
					"data_inspection_failed", "datainspectionfailed", "sensitivecontentdetected", "prohibited_content",
					"moderation_blocked", "new_sensitive"),
			Set.of("1301"), "content management policy", "content filtering policy", "content safety (policy|filter)",
			"(our|the) safety system", "violat\\w+ .{0,30}usage polic", "violates usage guidelines",
			"(input|prompt|content) (was|has been|is) flagged", "inappropriate content", "content exists risk",
			"considered high risk", "blocked by .{0,20}safety", "response was blocked",
			"sensitive (content|information|words?)", "\u654f\u611f\u5185\u5bb9");

	private static final Words CONTEXT_LENGTH = new Words(
			List.of("context_length_exceeded", "context_length", "contextwindowexceeded", "exceed_context_size",
					"context_window_exceeded", "request_too_large", "tokens_limit_reached",
					"max_prompt_tokens_exceeded"),
			Set.of("1261"), "context[ _-]?(length|window|size|limit)", "maximum context", "context (the )?overflow",
			"(prompt|input|inputs|request) (is|was|are)? ?too (long|large)", "too many (input )?tokens",
			"(maximum|max) (prompt|input|sequence) (length|tokens)",
			"(input|prompt|request) (length )?exceeds (the |its )?(max|limit)", "maximum allowed input length",
			"(exceed\\w*|over) (the |its |model |model's |maximum |max )*(token|length) limit",
			"token limit (is |was )?exceeded", "max(imum)? length exceeded", "length limit exceeded",
			"maximum number of (input |output )?tokens", "range of (input length|max_tokens) should be",
			"`?inputs`? must have less than", "`?inputs`? tokens \\+ `?max_new_tokens", "max_model_len",
			"maximum model length", "longer than the model", "token count .{0,40}exceeds",
			"tokens? .{0,30}exceeds? (the |model )",
			"reduce (the length|the number of tokens|your prompt|the input|your message size)",
			"shorter (prompt|input)", "current length is .{0,20}while limit is", "payload size exceeds",
			"prompt exceeds max length", "prompt: length", "expected maxlength", "requires more tokens than",
			"supports at most \\d+ \\w+ tokens", "max(_completion|_output|_new)?_tokens.{0,10} is too large",
			"maximum allowed number of output tokens", "maximum value for `?max_(completion_)?tokens",
			"must be reduced in order to run", "request too large for", "\u8d85\u957f", "\u8fc7\u957f",
			"\u8d85(\u8fc7|\u51fa).{0,6}\u6700\u5927\u957f\u5ea6");

	/**
	 * The only words of a rate limit that speak of the request, which will not fit the
	 * next minute either.
	 */
	private static final Pattern NEVER_FITS = Pattern.compile("must be reduced in order to run");

	private static final Words HISTORY = new Words(
			List.of("reasoning_content", "reasoning_details", "thought_signature", "thoughtsignature",
					"redacted_thinking", "encrypted_content", "extra_content", "previous_response_not_found"),
			Set.of(), "items are not persisted", "no such file object", "cached ?content .{0,60}not found",
			"thought signature", "thinking_?blocks?", "`?thinking`? block", "`signature`",
			"(property|field|messages\\W+\\d+\\W)\\W*reasoning\\b", "of type 'reasoning'",
			"(tool[ _]?calls? ?_?ids?|tool_?(use|call)(\\.|_| )?ids?|tool_calls\\W+\\d+\\W+id|call_ids?)\\b.{0,120}?"
					+ "(too long|max(imum)? length|length (of \\d|less than)|must be a-z|(should|must) match|pattern"
					+ "|alphanumeric|only letters|at most \\d+ char|invalid (form|format|characters)|only contain)");

	private static final Words QUOTA = new Words(
			List.of("insufficient_quota", "insufficient_user_quota", "budget_exceeded", "billing_hard_limit_reached",
					"billing_not_active", "insufficient_balance", "insufficientbalance", "insufficient_credit",
					"exceeded_current_quota", "arrearage", "credit_balance_too_low"),
			Set.of("1113"), "credit balance is too low", "insufficient (account |paid )?(balance|credits?|funds?)",
			"balance is (insufficient|not enough|too low|negative)", "budget (has been|is) exceeded", "out of credits",
			"not enough credits", "requires? (paid |more )?(balance|credits)", "payment required",
			"account .{0,20}good standing", "overdue", "\u4f59\u989d\u4e0d\u8db3", "\u6b20\u8d39");

	/** A minute's quota is a rate limit. */
	private static final Words QUOTA_UNLESS_RATE_LIMITED = new Words(List.of(), Set.of("1008"),
			"exceeded your (current |monthly )?quota", "quota (has been |is |was )?(exceeded|exhausted|used up)",
			"usage limits?", "monthly limit", "spend(ing)? limit",
			"billing (is |has )?(not |hard |details|disabled|required)", "enable billing", "\u989d\u5ea6");

	private static final Words ACCOUNT = new Words(
			List.of("organization_restricted", "organization_disabled", "account_deactivated", "account_disabled",
					"account_suspended", "account_blocked", "blocked_api_access", "access_terminated"),
			Set.of(),
			"(account|organi[sz]ation|workspace|project|subscription|tenant)\\b.{0,60}?\\b(restricted|disabled"
					+ "|suspended|deactivated|blocked|banned|terminated|not active|inactive|archived|in arrears|denied access)");

	private static final Words REGION = new Words(
			List.of("unsupported_country_region_territory", "region_not_supported", "unsupported_location"), Set.of(),
			"(user location|your (location|country|region)|country|territory|(your|this) region)\\b.{0,40}?"
					+ "(not (currently )?(supported|available|allowed|permitted)|unsupported|n't (supported|available))",
			"(not (currently )?(supported|available|allowed|accessible|offered)|unavailable|unsupported) (\\w+ )?(in|from|for) "
					+ "(your|this|the) (\\w+ )?(country|region|territory|location)",
			"location is not supported", "requests from your (country|region|location)",
			"unsupported (country|region|location)");

	private static final Words CREDENTIALS = new Words(
			List.of("invalid_api_key", "api_key_invalid", "invalidapikey", "incorrect_api_key", "authentication_error",
					"authenticationerror", "invalid_authentication", "unauthenticated", "expiredtoken", "token_expired",
					"unrecognizedclient"),
			Set.of(),
			"(api|access|auth\\w*|secret|subscription|bearer|security)[ _-]?(key|token|credential|secret)s?\\b(?:(?!model).){0,40}?"
					+ "\\b(invalid|incorrect|not valid|expired|missing|not found|wrong|revoked|disabled|deactivated|required"
					+ "|not provided|leaked|suspended|malformed|unknown|deleted|inactive|not exist|doesn't exist|illegal"
					+ "|not recognized|unauthorized|rejected)\\b",
			"\\b(invalid|incorrect|wrong|missing|expired|unknown|bad|no|revoked|malformed|illegal|unrecognized) (\\w+ )?"
					+ "(api|x-api|access|auth\\w*|secret|bearer|subscription|security|user)[ _-]?(key|token|credential|secret)s?\\b",
			"(invalid|incorrect|bad|wrong) credentials", "(invalid|incorrect) authentication",
			"authentication (fails|failed|error|required|method)", "not authenticated", "unauthenticated",
			"\\bunauthorized\\b", "authorization (header )?(is )?(missing|required|invalid)",
			"(missing|invalid) authorization", "\\btoken (has |is )(been )?(expired|revoked|invalid)",
			"(provide|pass) (a |an |your )?(valid )?(api[ _-]?key|credentials)", "valid user token is required",
			"signature we calculated", "unable to locate credentials", "login fail", "\u65e0\u6548\u7684\u4ee4\u724c",
			"\u8eab\u4efd\u9a8c\u8bc1", "\u4ee4\u724c\u65e0\u6548", "(\u9274\u6743|\u8ba4\u8bc1)\u5931\u8d25",
			"api ?key.{0,10}(\u65e0\u6548|\u9519\u8bef|\u4e0d\u6b63\u786e|\u8fc7\u671f)");

	private static final String NOT_SUPPORTED = "(not|n't) (currently |yet )?(supported|enabled|available|allowed|permitted)";

	/** What is said of features that a model or a server has or lacks. */
	private static final Words FEATURE = new Words(
			List.of("unsupported_parameter", "unsupported_value", "unsupportedparams", "model_no_support",
					"model_not_support_tool", "tool_use_not_supported"),
			Set.of(), "no endpoints (found|available) that (support|can handle)",
			"(do|does|can)( not|n't|not) (currently |yet )?(support|handle|accept|process) (the )?['`\"]?"
					+ "(tool|function|parallel|image|vision|audio|video|file|multi-?modal|stream|system|json|structured"
					+ "|response|reasoning|thinking|assistant|developer)",
			"(tools?|tool[ _](use|calls?|calling|choice)|function[ _-]call(s|ing)?|images?|image[ _](input|url)s?|vision"
					+ "|audio( input)?|multi-?modal|stream(ing)?|json mode|json_schema|structured outputs?|response[ _]format"
					+ "|(system|developer) (role|prompt|message|instruction)s?|logprobs|reasoning_effort)\\b.{0,30}?\\b(is|are) ?"
					+ NOT_SUPPORTED,
			"not (a )?multi-?modal", "enable-auto-tool-choice", "tool-call-parser", "--jinja", "mmproj",
			"unsupported (param|value|content type|modality|tool|role)", "image_url is only supported",
			"only (be )?supported by certain models", "must be verified to stream", "only supports? (text|stream)",
			"non-streaming", "not a vlm", "text-only", "only accepts? text",
			"unknown variant .{0,3}(image_url|developer|json_schema|input_audio|file)",
			"response_format\\b.{0,60}?(unavailable|not available|unsupported|must be)",
			"system role " + NOT_SUPPORTED);

	private static final Words THIS_MODEL = new Words(List.of(), Set.of(),
			"(with|for|by|on|in) (this|the (requested|specified|selected)) (\\w+ )?(model|deployment|engine)\\b");

	private static final Words UNKNOWN_MODEL = new Words(List.of("model_not_found", "deploymentnotfound",
			"model_decommissioned", "model_deprecated", "key_model_access_denied", "model_terms_required",
			"model_not_supported", "model_not_available", "model_not_allowed", "invalid_model", "unknown_model",
			"unsupported_model", "modelnotfound", "modelnotopen", "model_access_denied", "operationnotsupported"),
			Set.of("1211"),
			"\\bmodel(s|_id|_name)?\\b.{0,100}?(not exist|n't exist|not found|no longer|(has been|is|was) (deprecated|retired|removed"
					+ "|discontinued|shut)|decommissioned|not (enabled|accessible|deployed|loaded|hosted|served|supported by any)"
					+ "|is not a chat model|end[ -]of[ -]life|inaccessible|identifier is invalid|(is|are|be) not available"
					+ "|not be available|not available (for|to|with|in|on))",
			"(invalid|unknown|unsupported|no such) model\\b", "\\bmodel( '?\\S+)? (is )?not supported",
			"unable to access model", "access to (the |this |that )?(requested )?model",
			"not (have|allowed) (access|to access|to use)", "llm provider not provided", "invalid model name",
			"on-demand throughput", "use[- ]case (details|form)", "as legacy", "not a valid model",
			"requires terms acceptance", "does not work with the specified model", "must be verified to use",
			"enabled only for api version", "not a chat model", "no allowed providers are available",
			"no endpoints found for", "\u6a21\u578b.{0,12}(\u4e0d\u5b58\u5728|\u4e0b\u7ebf|\u672a\u5f00\u901a)");

	/** Said of models that will be there again. */
	private static final Pattern FOR_NOW = Pattern
		.compile("temporar|currently (unavailable|overloaded)|try again (later|in)");

	private static final Words BAD_GENERATION = new Words(
			List.of("tool_use_failed", "json_validate_failed", "output_parse_failed", "malformed_function_call"),
			Set.of(), "failed to call a function", "failed to generate json", "model produced invalid content");

	private static final Words RATE_LIMIT = new Words(
			List.of("rate_limit", "throttlingexception", "too_many_requests", "resource_exhausted"), Set.of(),
			"rate[ _-]?limit", "too many requests", "throttl");

	/** What is wrong with a request, whoever is asked. */
	private static final Words INVALID_REQUEST = new Words(
			List.of("invalid_type", "invalid_value", "missing_required_parameter", "invalid_image", "image_parse_error",
					"image_too_large", "too_many_images", "invalid_base64", "invalid_function_parameters",
					"invalid_json", "invalid_messages"),
			Set.of(), "invalid (json |tool |function |input |output )?schema", "schema is invalid", "must alternate",
			"too many images", "at most \\d+ (image|video|audio)",
			"images? (size )?(exceeds?|is too large|are too large|too large)", "image dimensions",
			"could not process (the )?image", "invalid image", "unsupported image",
			"(failed|unable) to (decode|load|parse|process|download) (the |an? |input )?image",
			"(not|n't) represent a valid image", "must be (a response to|followed by|preceded by)",
			"were found without", "unexpected .?tool_use_id", "messages with role", "first message",
			"last (message|role)", "must start with a user", "at least one message",
			"messages?( content)? (must|cannot|can't|should) (not )?be (non-)?empty", "empty messages?",
			"must be non-empty", "non-empty content", "non-whitespace", "empty array", "is too short",
			"messages'? (is required|must be an array)", "trailing whitespace",
			"could not parse (the )?(json )?(body|request)", "(not|n't) valid json", "invalid json", "json parse error",
			"malformed (request|json|input)", "invalid value", "invalid type for", "invalid '[^']{1,80}':",
			"(above maximum|below minimum) value", "input should be (less|greater) than", "missing required",
			"system message must be");

	private static final Words UNKNOWN_PARAMETER = new Words(
			List.of("unknown_parameter", "extra_forbidden", "unrecognized_parameter"), Set.of(),
			"unrecognized (request )?(argument|parameter|key|field)",
			"unknown (parameter|field|argument|name|property|key)",
			"extra (inputs?|fields?) (are |is )?not (permitted|allowed)",
			"additional propert(y|ies) .{0,30}not (allowed|permitted)",
			"unexpected (keyword|parameter|field|property|argument)", "cannot find field");

	/** Whatever it is that is not supported. */
	private static final Words UNSUPPORTED = new Words(List.of(), Set.of(), "not (be )?support", "n't support",
			"unsupported", "not (enabled|available) (for|on|with|in) (this|the)", "cannot be (used|combined) with",
			"cannot be set to", "is restricted to", "only support",
			"(parameter|argument|field|temperature|top_p)\\b.{0,40}not allowed", "not compatible with",
			"is only (available|supported)", "must be set to (false|true)");

	private ErrorWords() {
	}

	/**
	 * What an error means.
	 * @param status its HTTP status, 0 where there is none
	 */
	static ErrorMeaning meaning(int status, ErrorText error) {
		if (status == 446 || CONTENT_FILTER.in(error)) {
			return ErrorMeaning.CONTENT_FILTER;
		}
		boolean told = status < 500 && status != 408 && status != 409 && status != RATE_LIMITED && status != 498;
		if (told && (status == 451 || REGION.in(error))) {
			return ErrorMeaning.REGION;
		}
		boolean throttled = status == RATE_LIMITED || RATE_LIMIT.in(error);
		if (throttled ? NEVER_FITS.matcher(error.words()).find() || CONTEXT_LENGTH.codeIn(error)
				: CONTEXT_LENGTH.in(error)) {
			return ErrorMeaning.CONTEXT_LENGTH;
		}
		if (QUOTA.in(error) || (!throttled && QUOTA_UNLESS_RATE_LIMITED.in(error))) {
			return ErrorMeaning.QUOTA;
		}
		if (BAD_GENERATION.in(error)) {
			return ErrorMeaning.BAD_GENERATION;
		}
		if (throttled) {
			return (status == RATE_LIMITED || isRefusal(status) || status == 403) ? ErrorMeaning.RATE_LIMIT
					: ErrorMeaning.AS_ITS_STATUS;
		}
		ErrorMeaning ofTarget = ofTarget(status, error, told);
		return (ofTarget == ErrorMeaning.AS_ITS_STATUS && isRefusal(status)) ? ofRequest(status, error) : ofTarget;
	}

	/**
	 * What an error of the target means.
	 * @param told whether the status is that of somebody who could read the request
	 */
	private static ErrorMeaning ofTarget(int status, ErrorText error, boolean told) {
		boolean denied = status == 401 || status == 403;
		if (told && ACCOUNT.in(error)) {
			return ErrorMeaning.ACCOUNT;
		}
		if (told && (status == 401 || CREDENTIALS.in(error))) {
			return UNKNOWN_MODEL.codeIn(error) ? ErrorMeaning.UNKNOWN_MODEL : ErrorMeaning.CREDENTIALS;
		}
		if (!denied && HISTORY.in(error)) {
			return ErrorMeaning.HISTORY;
		}
		if (!denied && FEATURE.in(error)) {
			return ErrorMeaning.CAPABILITY;
		}
		if (UNKNOWN_MODEL.codeIn(error)
				|| (told && UNKNOWN_MODEL.in(error) && !FOR_NOW.matcher(error.words()).find())) {
			return ErrorMeaning.UNKNOWN_MODEL;
		}
		return ErrorMeaning.AS_ITS_STATUS;
	}

	private static ErrorMeaning ofRequest(int status, ErrorText error) {
		if (THIS_MODEL.in(error) || UNKNOWN_PARAMETER.in(error)) {
			return ErrorMeaning.CAPABILITY;
		}
		if (status != 0 && INVALID_REQUEST.in(error)) {
			return ErrorMeaning.INVALID_REQUEST;
		}
		return UNSUPPORTED.in(error) ? ErrorMeaning.CAPABILITY : ErrorMeaning.AS_ITS_STATUS;
	}

	/** Whether the status is that of a refused request, or unknown. */
	private static boolean isRefusal(int status) {
		return status == 0 || status == 400 || status == 422;
	}

}
