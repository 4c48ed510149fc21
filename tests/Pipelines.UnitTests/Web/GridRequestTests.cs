using Microsoft.AspNetCore.Http;
using Pipelines.Model.Runs;
using Pipelines.Web.Grid;

namespace Pipelines.UnitTests.Web;

/// <summary>What a browser asks of the grid, and what is wrong with it in words.</summary>
public class GridRequestTests
{
    [TestCase("?state=abc", "'state' is 'abc'; it must be one of queued, running, success, failed.")]
    [TestCase("?type=abc", "'type' is 'abc'; it must be one of ")]
    [TestCase("?runs=0", "'runs' is '0'; it must be a number from 1 to 1000.")]
    public void A_wrong_request_is_told_in_words(string query, string problem)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query);
        Assert.That(GridRequest.Read(http.Request.Query).Problem, Does.StartWith(problem).And.Not.Contain("Parameter"));
    }

    [Test]
    public void A_right_one_is_read()
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString("?state=failed&type=manual&runs=14");
        Assert.That((GridRequest.Read(http.Request.Query).Request!.Filter.State, GridRequest.Read(http.Request.Query).Request!.Filter.Type), Is.EqualTo((DagRunState.Failed, DagRunType.Manual)));
    }
}
