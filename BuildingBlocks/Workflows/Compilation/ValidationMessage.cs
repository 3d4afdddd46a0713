using System.Globalization;

namespace Crm.Workflows;

/// <summary>How bad a message is.</summary>
public enum ValidationSeverity
{
    /// <summary>Publishing is possible.</summary>
    Warning,

    /// <summary>Publishing is refused.</summary>
    Error,
}

/// <summary>A finding about a definition.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Code">Stable code, see <see cref="ValidationCodes"/>.</param>
/// <param name="ActivityId">Id of the activity; null when the whole definition is meant.</param>
/// <param name="ActivityName">What people call the activity.</param>
/// <param name="PropertyName">The input (camelCase) that is meant; null when none.</param>
/// <param name="Message">English sentence with <c>{0}</c>-places, the key of its translation.</param>
/// <param name="Arguments">Values for the places.</param>
/// <param name="Position">Place in the expression, from 0; null when no expression is meant.</param>
public sealed record ValidationMessage(ValidationSeverity Severity, string Code, string? ActivityId, string? ActivityName, string? PropertyName, string Message, IReadOnlyList<string> Arguments, int? Position = null)
{
    /// <summary>The message in English, arguments put in.</summary>
    public string Text => Messages.Fill(Message, Arguments);
}

/// <summary>Codes of validation messages.</summary>
public static class ValidationCodes
{
#pragma warning disable CS1591 // The names say it; the messages explain it.
    public const string NoRoot = "no-root", NoStart = "no-start", UnknownActivity = "unknown-activity", ActivityNotRun = "activity-not-run", UnknownExpression = "unknown-expression",
        ExpressionSyntax = "expression-syntax", UnknownVariable = "unknown-variable", UnknownInput = "unknown-input", DanglingConnection = "dangling-connection", UnknownOutcome = "unknown-outcome",
        MissingInput = "missing-input", WrongValue = "wrong-value", Unreachable = "unreachable", DuplicateId = "duplicate-id", MissingId = "missing-id", TooDeep = "too-deep", EmptyFlowchart = "empty-flowchart",
        WrongOption = "wrong-option", UnknownRoutine = "unknown-routine", AddressTaken = "address-taken", FailureEnds = "failure-ends";
#pragma warning restore CS1591
}

/// <summary>Fills the places of a message.</summary>
internal static class Messages
{
    public static string Fill(string message, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) return message;
        for (var i = 0; i < arguments.Count; i++) message = message.Replace("{" + i.ToString(CultureInfo.InvariantCulture) + "}", arguments[i], StringComparison.Ordinal);
        return message;
    }
}
