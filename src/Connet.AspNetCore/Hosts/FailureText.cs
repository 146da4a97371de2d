using System.Net.Sockets;
using System.Security.Authentication;
using Connet.Protocol;

namespace Connet.AspNetCore.Hosts;

/// <summary>Why something was not reached, for its user: without the addresses of the other side, which are none of the user's business.</summary>
internal static class FailureText
{
    /// <summary>The reason, without a full stop at its end.</summary>
    public static string Of(Exception? failure) => (Find(failure) ?? "the connection was lost before the answer").TrimEnd('.');

    private static string? Find(Exception? failure)
    {
        for (Exception? each = failure; each is not null; each = each.InnerException)
        {
            switch (each)
            {
                case AggregateException all:
                    return all.InnerExceptions.Select(Find).FirstOrDefault(text => text is not null);
                case ConnetException or SocketException or AuthenticationException:
                    return each.Message;
                case OperationCanceledException { InnerException: TimeoutException } or TimeoutException:
                    return "no answer in time";
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded }:
                    return "its answer is no valid HTTP";
                case ObjectDisposedException:
                    return "the endpoint has stopped";
            }
        }

        return null;
    }
}
