namespace Crm.Core;

/// <summary>Tells failures that pass by themselves (database restarting, connection lost, too many clients) from bugs. Implemented where the driver is known.</summary>
public interface IFailureClassifier
{
    /// <summary>After how long the caller should try again, or null when trying again would not help.</summary>
    TimeSpan? RetryAfter(Exception error);

    /// <summary>What to tell the caller when the store refused what was sent, for example a text with a character it can't keep; null when the failure is none of the caller's doing.</summary>
    CrmException? RefusalOf(Exception error) => null;
}
