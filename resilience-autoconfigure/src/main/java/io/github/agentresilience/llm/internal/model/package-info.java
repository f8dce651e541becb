/**
 * Chat models that are chains of chat models, and the targets of those chains.
 */
@NullMarked
package io.github.agentresilience.llm.internal.model;

import org.jspecify.annotations.NullMarked;
