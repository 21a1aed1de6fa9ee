"""Every published change, newest first, and each at an address of its own."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comparisons.receipts.listing import load_receipt, load_receipts
from comparisons.receipts.words import parts_of


@require_safe
def receipt_list(request: HttpRequest) -> HttpResponse:
    return render(request, "comparisons/receipts.html", {"shown": load_receipts(request.GET)})


@require_safe
def receipt_detail(request: HttpRequest, number: int) -> HttpResponse:
    line = load_receipt(number)
    if line is None:
        raise Http404
    return render(request, "comparisons/receipt.html", {"line": line, "parts": parts_of(line)})
